import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { l2Normalize } from '@fr-stream/core';
import { createEngine } from 'fr-stream/engine';
import { facesOfPhoto } from '@fr-stream/engine';
import { randomFrom } from '../synth/random.js';

/** A face of a photo, as the models embed it. */
export interface RealFace {
  /** Whose: the folder of the photo. */
  readonly person: string;
  readonly vector: Float32Array;
}

/**
 * The largest face of each photo below a folder that has a folder for each person.
 * @param kept a file where they are kept for the next time.
 */
export async function realFaces(folder: string, kept?: string): Promise<readonly RealFace[]> {
  if (kept !== undefined && existsSync(kept)) {
    const lines = (await readFile(kept, 'utf8')).trim().split('\n');
    return lines.map((line) => {
      const { person, vector } = JSON.parse(line) as { person: string; vector: number[] };
      return { person, vector: Float32Array.from(vector) };
    });
  }
  await using engine = await createEngine({ quiet: true });
  const faces: RealFace[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if (!/\.jpe?g$/i.test(name)) continue;
    const [largest] = await facesOfPhoto(engine, join(folder, name));
    if (largest === undefined) continue;
    const [embedding] = await engine.embedder.embed([largest.aligned]);
    if (embedding !== undefined) faces.push({ person: dirname(name), vector: l2Normalize(embedding.vector) });
  }
  const lines = faces.map(({ person, vector }) => JSON.stringify({ person, vector: [...vector] }));
  if (kept !== undefined) await writeFile(kept, `${lines.join('\n')}\n`);
  return faces;
}

/** Real deviations of one face from its person that go into one made face. */
const MIXED = 8;
/** Numbers of which each made face takes some that follow each other. */
const EVEN = 1 << 20;

/**
 * As many people and faces as are wanted, like the real ones: each person is a draw from the normal distribution that the
 * real people's embeddings have (mean and covariance) and as long as a mean
 * of theirs is, each of their faces deviates from that by a random mixture of how
 * real faces deviate from their own people's means, and by as much again in all directions alike, so that a graph is
 * not helped by the few deviations that are known. Any face can be asked for at any time: it depends on its number only.
 */
export class Population {
  readonly people: number;
  readonly #dimensions: number;
  readonly #centres: readonly Float32Array[];
  readonly #deviations: readonly Float32Array[];
  /** Deviations in all directions alike: any so many numbers that follow each other are one. */
  readonly #even: Float32Array;

  constructor(real: readonly RealFace[], people: number) {
    this.people = people;
    const of = new Map<string, RealFace[]>();
    for (const face of real) of.set(face.person, [...(of.get(face.person) ?? []), face]);
    const means = [...of.values()].map((faces) => mean(faces.map(({ vector }) => vector)));
    const dimensions = (this.#dimensions = means[0]?.length ?? 0);
    const middle = mean(means);
    const apart = means.map((one) => one.map((value, i) => value - (middle[i] ?? 0)));
    const deviations: Float32Array[] = [];
    for (const faces of of.values()) {
      if (faces.length < 2) continue;
      const centre = mean(faces.map(({ vector }) => vector));
      // A mean of few lies too near to each of them.
      const factor = Math.sqrt(faces.length / (faces.length - 1));
      for (const { vector } of faces)
        deviations.push(vector.map((value, i) => factor * (value - (centre[i] ?? 0))));
    }
    if (deviations.length < MIXED) throw new Error('too few people have several photos');
    this.#deviations = deviations;
    const power = deviations.reduce((sum, one) => sum + dot(one, one), 0) / deviations.length;
    const next = randomFrom(18);
    const spread = Math.sqrt(power / dimensions / 2);
    this.#even = Float32Array.from({ length: EVEN }, () => next.normal() * spread);
    this.#centres = Array.from({ length: people }, () => {
      const centre = middle.slice();
      for (const one of apart) addTo(centre, one, next.normal() / Math.sqrt(apart.length - 1));
      const length = Math.sqrt((1 - power) / dot(centre, centre));
      return centre.map((value) => value * length);
    });
  }

  /** Whose the face of this number is: some have ten times as many as others. */
  personOf(face: number): number {
    const share = randomFrom(Math.imul(face, 0x9e3779b1) ^ 0x51ed27)();
    return Math.floor(share * share * this.people);
  }

  /** Of unit length. */
  face(face: number): Float32Array {
    const next = randomFrom(Math.imul(face, 0x85ebca6b) ^ 0xc2b2ae);
    const vector = this.#centres[this.personOf(face)]?.slice() ?? new Float32Array(this.#dimensions);
    for (let i = 0; i < MIXED; i++) {
      const one = this.#deviations[Math.floor(next() * this.#deviations.length)];
      // Half of the power, the other half being even.
      if (one !== undefined) addTo(vector, one, next.normal() / Math.sqrt(2 * MIXED));
    }
    const start = Math.floor(next() * (this.#even.length - vector.length));
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) + (this.#even[start + i] ?? 0);
    return l2Normalize(vector);
  }
}

/** Of pairs: how like faces of one person are, and faces of two; cosines. */
export interface Likeness {
  readonly same: number;
  readonly others: number;
  /** The hundredth part of pairs of two people is more alike than this. */
  readonly othersMost: number;
}

/** @param faces those of one person have one key. */
export function likeness(
  faces: readonly { readonly person: unknown; readonly vector: Float32Array }[],
): Likeness {
  const [same, others]: [number[], number[]] = [[], []];
  faces.forEach((a, i) => {
    for (const b of faces.slice(i + 1)) (a.person === b.person ? same : others).push(dot(a.vector, b.vector));
  });
  others.sort((a, b) => a - b);
  const average = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    same: average(same),
    others: average(others),
    othersMost: others[Math.floor(others.length * 0.99)] ?? 0,
  };
}

const addTo = (sum: Float32Array, one: Float32Array, factor: number): void => {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (one[i] ?? 0);
};

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const one of vectors) addTo(sum, one, 1 / vectors.length);
  return sum;
}
