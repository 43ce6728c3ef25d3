import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameFaces, Image, Sink } from '@fr-stream/core';
import { frameSourceConformance, sinkConformance, type ConformanceCheck } from '@fr-stream/core/testing';
import { csv, jsonl, mot, subtitles, timeline, trackEvents, videoFrames } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ClipFolder } from './support/clips.js';

let clips: ClipFolder;
let plain: string;
let folder: string;

beforeAll(async () => {
  clips = await ClipFolder.create();
  plain = await clips.testClip('plain.mp4');
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-sinks-'));
});
afterAll(async () => {
  await clips[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function run(checks: readonly ConformanceCheck[]): void {
  for (const check of checks) it(check.name, check.run);
}

describe('videoFrames', () => {
  describe('of a file', () =>
    run(frameSourceConformance({ make: async () => videoFrames(plain), frames: 50 })));
  describe('of something live', () =>
    run(
      frameSourceConformance({
        make: async () => videoFrames('lavfi:testsrc=size=64x48:rate=25', { live: true }),
        frames: undefined,
      }),
    ));
});

const image: Image = { format: 'gray8', width: 64, height: 48, data: new Uint8Array(64 * 48) };

/** Three frames of one known person who moves. */
const items: readonly FrameFaces[] = [0, 1, 2].map((index) => {
  const box = { x: 10 + index, y: 10, width: 20, height: 20 };
  return {
    frame: { image, timeMs: index * 40, index, source: 'made', [Symbol.dispose]: () => undefined },
    evaluated: true,
    faces: [
      {
        detection: { box, score: 0.9 },
        track: { id: 1, box, predicted: false },
        identity: { kind: 'known', personId: 'p', name: 'Ada', score: 0.8, margin: 0.5 },
      },
    ],
  };
});

describe('sinks', () => {
  const sinks: Readonly<Record<string, (path: string) => Sink<FrameFaces>>> = {
    'events.jsonl': jsonl,
    'faces.csv': csv,
    'tracks.txt': mot,
    'names.vtt': subtitles,
    'people.json': timeline,
    'tracks.jsonl': trackEvents,
  };
  for (const [name, make] of Object.entries(sinks)) {
    let count = 0;
    let path = '';
    describe(name, () =>
      run(
        sinkConformance({
          make: async () => make((path = join(folder, `${++count}-${name}`))),
          values: items,
          written: () =>
            readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
              if (error.code !== 'ENOENT') throw error;
              return undefined;
            }),
        }),
      ),
    );
  }
});
