import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { toRgb24 } from '@fr-stream/core';
import { z } from 'zod';
import { decoded, makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct, tagFile, type TagSetup } from '../product.js';
import { median, repeated } from '../statistics.js';

const run = promisify(execFile);
const [WIDTH, HEIGHT] = [400, 300];

const PEERS = ['face-api-ssd', 'face-api-tiny', 'human'] as const;
type PeerName = (typeof PEERS)[number];

const answerSchema = z.object({
  version: z.string(),
  backend: z.literal('wasm'),
  medianMs: z.number().positive(),
  /** Per frame. */
  faces: z.number(),
  last: z.object({ faces: z.number(), landmarks: z.number(), embedding: z.number() }),
});
type Answer = z.infer<typeof answerSchema>;

const SETUPS: readonly {
  readonly label: string;
  readonly setup: TagSetup;
  readonly goals: Readonly<Record<PeerName, number>>;
}[] = [
  {
    label: 'embedding in every frame',
    setup: { tracker: 'none' },
    goals: { 'face-api-ssd': 30, 'face-api-tiny': 10, human: 10 },
  },
  {
    label: 'tracking',
    setup: { tracker: 'appearance' },
    goals: { 'face-api-ssd': 100, 'face-api-tiny': 10, human: 10 },
  },
  {
    label: 'tracking, --every 3',
    setup: { tracker: 'appearance', every: 3 },
    goals: { 'face-api-ssd': 100, 'face-api-tiny': 10, human: 10 },
  },
];

/** What people use today in JavaScript, on the same frames: boxes, landmarks and one embedding per face. */
export const peers: Row = {
  name: 'peers',
  title: `Against face-api and human (tfjs-wasm), ${WIDTH}x${HEIGHT}, one face; our time includes decoding`,
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const path = await makeClip(folder, { width: WIDTH, height: HEIGHT, seconds: quick ? 6 : 20 });
    const raw = join(folder, 'peers.rgb');
    const images = await decoded(path, 100);
    await writeFile(raw, Buffer.concat(images.map((image) => toRgb24(image).data)));
    const answers = new Map<PeerName, Answer>();
    for (const name of PEERS) answers.set(name, await measurePeer(name, raw, quick ? 8 : 25));
    await using product = await openProduct();
    for (const { label, setup, goals } of SETUPS) {
      const results = await repeated(quick ? 1 : 3, () => tagFile(product, path, setup));
      const fps = median(results.map((result) => result.fps));
      for (const [name, { version, medianMs, faces, last }] of answers) {
        yield {
          subject: `${label}, against ${name} ${version} (${last.landmarks} landmarks, ${last.embedding}-d, ${(100 * faces).toFixed(0)} % of the faces)`,
          measured: perSecond(fps),
          against: perSecond(1000 / medianMs),
          ratio: (fps * medianMs) / 1000,
          goal: `>= ${goals[name]}`,
        };
      }
    }
  },
};

async function measurePeer(name: PeerName, raw: string, frames: number): Promise<Answer> {
  const script = fileURLToPath(new URL('../peers/peer-process.mjs', import.meta.url));
  const args = [script, name, raw, WIDTH, HEIGHT, frames].map(String);
  const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
  // The libraries print notes of their own before the result.
  const answer = answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  // Who misses a face saves the work for it; more than now and then would be no comparison.
  if (answer.faces < 0.5) throw new Error(`${name} found ${answer.faces} faces per frame where there is one`);
  return answer;
}
