import { Gallery, MemoryGalleryStore, MemoryMediaLibrary, type LibraryTrack } from '@fr-stream/core';
import { expect, it } from 'vitest';
import { where } from '../src/index.js';

const vector = Float32Array.of(1, 0);
const detection = { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1 };

function track(number: number, overall: number, ...times: readonly [number, number][]): LibraryTrack {
  const [first = { fromMs: 0, toMs: 0 }, ...rest] = times.map(([fromMs, toMs]) => ({ fromMs, toMs }));
  return {
    id: `v-t${number}`,
    hash: 'v',
    spans: [first, ...rest],
    best: {
      timeMs: first.fromMs,
      detection,
      quality: { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall },
    },
    embedding: { vector, norm: 1, model: 'net' },
    pictures: 1,
    cutout: `${number}.jpg`,
    aligned: `${number}.png`,
  };
}

it('lists an interval once of two tracks of somebody that are in view at once, in the order of the video', async () => {
  const store = new MemoryGalleryStore();
  await using gallery = await Gallery.open(store, { createId: () => 'id' });
  await using library = new MemoryMediaLibrary(store);
  const facts = { hash: 'v', width: 10, height: 10, durationMs: 9000 };
  // A time that is no whole number, and spans that are rounded when they are shown.
  const file = { path: '/a.mp4', sizeBytes: 1, modifiedMs: 1_700_000_000_000.37 };
  const tracks = [track(0, 0.4, [844.21, 1411], [5000, 6000]), track(1, 0.9, [0, 1000.04], [7000, 8000])];
  await library.storeVideo({ ...file, ...facts }, 'chain', tracks);
  const person = { id: 'one', name: 'unknown-1', unnamed: true } as const;
  const face = { personId: 'one', vector, source: '/a.mp4', quality: 1, kind: 'track', by: 'user' } as const;
  const faces = tracks.map(({ id }) => ({ ...face, id, picture: id }));
  await gallery.keep({ person, embedder: 'net', faces });

  const rule = { threshold: 0.5, margin: 0 };
  const moments = await where({ person }, { gallery, photos: library, videos: library, rule });
  expect(moments.map(({ span, face: { id } }) => [span?.fromMs, span?.toMs, id])).toEqual([
    [0, 1411, 'v-t1'],
    [5000, 6000, 'v-t0'],
    [7000, 8000, 'v-t1'],
  ]);
});
