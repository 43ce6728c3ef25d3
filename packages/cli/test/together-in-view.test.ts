import { MemoryMediaLibrary, type LibraryTrack } from '@fr-stream/core';
import { expect, it } from 'vitest';
import { refuseTogetherInView } from '../src/compose/together-in-view.js';

function track(number: number, fromMs: number, toMs: number): LibraryTrack {
  const detection = { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1 };
  const quality = { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: 1 };
  return {
    id: `v-t${number}`,
    hash: 'v',
    spans: [{ fromMs, toMs }],
    best: { timeMs: fromMs, detection, quality },
    embedding: { vector: Float32Array.of(1, 0), norm: 1, model: 'net' },
    pictures: 1,
    cutout: `${number}.jpg`,
    aligned: `${number}.png`,
  };
}

it('refuses to merge who are in view together in a video, and nobody else', async () => {
  await using library = new MemoryMediaLibrary();
  const file = { path: '/a.mp4', sizeBytes: 1, modifiedMs: 1, hash: 'v', width: 10, height: 10 };
  // The second and the third share a boundary, as two cuts of one track may.
  const tracks = [track(0, 0, 2000), track(1, 1500, 3000), track(2, 2900, 4000)];
  await library.storeVideo({ ...file, durationMs: 4000 }, 'chain', tracks);
  const people = ['Ada', 'Bob', 'Cleo'].map((name, i) => ({
    person: { id: name, name },
    faceIds: [`v-t${i}`],
  }));
  await expect(refuseTogetherInView(library, people.slice(0, 2))).rejects.toThrow(
    'Ada and Bob are in view together in /a.mp4: they cannot be one person.',
  );
  await refuseTogetherInView(library, people.slice(1));
});
