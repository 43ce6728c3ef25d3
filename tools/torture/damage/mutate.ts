import type { Random } from '../../synth/random.js';

/** A whole number from 0 to `below` - 1. */
export function pick(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function oneOf<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[pick(random, choices.length)] ?? choices[0];
}

/** Somewhere in the bytes; every other time near the beginning, where the headers are. */
function place(random: Random, length: number): number {
  return pick(random, random() < 0.5 ? Math.min(length, 512) : length);
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe] as const;

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** Ways in which files are damaged: by disks, by transfers that broke off, by programs, and on purpose. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flips(bytes, random) {
    const out = Buffer.from(bytes);
    for (let i = 1 + pick(random, 32); i > 0; i--) {
      const at = place(random, out.length);
      out[at] = (out[at] ?? 0) ^ (1 << pick(random, 8));
    }
    return out;
  },
  'one flip'(bytes, random) {
    const out = Buffer.from(bytes);
    const at = place(random, out.length);
    out[at] = (out[at] ?? 0) ^ (1 << pick(random, 8));
    return out;
  },
  truncated: (bytes, random) => bytes.subarray(0, place(random, bytes.length)),
  'tail only': (bytes, random) => bytes.subarray(place(random, bytes.length)),
  zeros(bytes, random) {
    const out = Buffer.from(bytes);
    const at = place(random, out.length);
    return out.fill(0, at, Math.min(out.length, at + 1 + pick(random, 4096)));
  },
  noise(bytes, random) {
    const out = Buffer.from(bytes);
    const at = place(random, out.length);
    for (let i = at; i < Math.min(out.length, at + 64); i++) out[i] = pick(random, 256);
    return out;
  },
  spliced: (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, place(random, bytes.length)),
      other.subarray(place(random, other.length)),
    ]),
  'a piece left out'(bytes, random) {
    const at = place(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(random, 1024))]);
  },
  'a piece twice'(bytes, random) {
    const at = place(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at + pick(random, 4096)), bytes.subarray(at)]);
  },
  'an extreme number'(bytes, random) {
    const out = Buffer.from(bytes);
    if (out.length < 4) return out;
    const at = Math.min(place(random, out.length), out.length - 4);
    const value = oneOf(random, EXTREMES);
    if (random() < 0.5) out.writeUInt32BE(value, at);
    else out.writeUInt32LE(value, at);
    return out;
  },
};

const NAMES = Object.keys(MUTATIONS);

/**
 * Damages a file in one way, or in two.
 * @param other another file, for pieces.
 * @returns the bytes, and what was done.
 */
export function mutate(bytes: Buffer, other: Buffer, random: Random): { bytes: Buffer; how: string } {
  const how: string[] = [];
  let out = bytes;
  for (let times = random() < 0.8 ? 1 : 2; times > 0; times--) {
    const name = NAMES[pick(random, NAMES.length)] ?? 'flips';
    out = MUTATIONS[name]?.(out.length === 0 ? bytes : out, random, other) ?? out;
    how.push(name);
  }
  return { bytes: out, how: how.join(', ') };
}
