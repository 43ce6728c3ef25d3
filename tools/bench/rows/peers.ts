import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { toRgb24, type Image } from '@fr-stream/core';
import { z } from 'zod';
import { decoded, makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { realClipsIn } from '../real-clips.js';
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

/** Shown to peers, from the whole length of a real clip. */
const REAL_FRAMES = 20;
const STEP = 12;

/** What people use today in JavaScript, on the same frames: boxes, landmarks and one embedding per face. */
export const peers: Row = {
  name: 'peers',
  title: `Against face-api and human (tfjs-wasm); our time includes decoding; one face at ${WIDTH}x${HEIGHT}, and real clips`,
  async *measure({ quick, folder, realClips }): AsyncGenerator<Figure> {
    const path = await makeClip(folder, { width: WIDTH, height: HEIGHT, seconds: quick ? 6 : 20 });
    const rounds = quick ? 1 : 3;
    await using product = await openProduct();
    // Who misses a face saves the work for it; more than now and then would be no comparison.
    const answers = await measurePeers(folder, await decoded(path, 100), quick ? 8 : 25, 0.5);
    for (const { label, setup, goals } of SETUPS) {
      const results = await repeated(rounds, () => tagFile(product, path, setup));
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
    for (const clip of realClipsIn(realClips)) {
      const frames = await decoded(clip.path, REAL_FRAMES, STEP);
      const theirs = await measurePeers(folder, frames, quick ? 8 : REAL_FRAMES, 0);
      for (const { label, setup } of SETUPS.slice(0, 2)) {
        const results = await repeated(rounds, () => tagFile(product, clip.path, setup));
        const fps = median(results.map((result) => result.fps));
        const ours = median(results.map((result) => result.faces / result.frames));
        for (const [name, { medianMs, faces }] of theirs)
          yield {
            subject: `${clip.name}, ${label} (${ours.toFixed(1)} faces a frame), against ${name} (${faces.toFixed(1)})`,
            measured: perSecond(fps),
            against: perSecond(1000 / medianMs),
            ratio: (fps * medianMs) / 1000,
          };
      }
    }
  },
};

/** One after the other, each in a process of its own. @param least faces a frame that each must find. */
async function measurePeers(
  folder: string,
  images: readonly Image[],
  frames: number,
  least: number,
): Promise<ReadonlyMap<PeerName, Answer>> {
  const raw = join(folder, 'peers.rgb');
  await writeFile(raw, Buffer.concat(images.map((image) => toRgb24(image).data)));
  const answers = new Map<PeerName, Answer>();
  const [first] = images;
  if (first === undefined) throw new Error('the clip has no frames');
  for (const name of PEERS) {
    const answer = await measurePeer(name, raw, first, frames);
    if (answer.faces < least)
      throw new Error(`${name} found ${answer.faces} faces per frame where there is one`);
    answers.set(name, answer);
  }
  return answers;
}

async function measurePeer(
  name: PeerName,
  raw: string,
  { width, height }: Image,
  frames: number,
): Promise<Answer> {
  const script = fileURLToPath(new URL('../peers/peer-process.mjs', import.meta.url));
  const args = [script, name, raw, width, height, frames].map(String);
  const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
  // The libraries print notes of their own before the result.
  return answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
