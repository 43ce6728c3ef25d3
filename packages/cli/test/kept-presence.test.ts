import { Gallery, MemoryGalleryStore, MemoryMediaLibrary } from '@fr-stream/core';
import { expect, it } from 'vitest';
import {
  keepPresence,
  keptPresence,
  presenceKey,
  type PresenceFound,
} from '../src/commands/kept-presence.js';

it('gives who is in the photos back until something changes, and keeps no name', async () => {
  let ids = 0;
  const store = new MemoryGalleryStore();
  await using gallery = await Gallery.open(store, { createId: () => `id-${++ids}` });
  await using library = new MemoryMediaLibrary(store);
  const embedding = (x: number) => ({ vector: Float32Array.of(x, 1 - x), norm: 1, model: 'net' });
  const face = (x: number) => ({ embedding: embedding(x), source: `${x}.jpg`, quality: 1 });
  const { person: ada } = await gallery.enroll('Ada', [face(1)]);
  const { person: bob } = await gallery.enroll('Bob', [face(0)]);
  const intervals = [{ fromMs: 0, toMs: 0 }];
  const found: PresenceFound = {
    people: [
      { who: 'Ada', known: true, intervals, frames: 2, bestScore: 0.9 },
      { who: 'unknown-3', known: false, intervals, frames: 1, bestScore: undefined },
    ],
    pairs: [
      {
        people: [
          { personId: ada.id, name: 'Ada', score: 0.5 },
          { personId: bob.id, name: 'Bob', score: 0.4 },
        ],
        faces: 1,
      },
    ],
  };
  const rule = { threshold: 0.4, margin: 0.05 };
  const key = async (paths = ['/a.jpg', '/b.jpg'], said: object = rule) =>
    presenceKey(await library.revision(), paths, said);
  const kept = await key();
  await keepPresence(library, gallery, kept, found);
  expect(await keptPresence(library, gallery, await key())).toEqual(found);
  expect(await library.note('presence')).not.toMatch(/Ada|Bob/);
  expect(await keptPresence(library, gallery, await key(['/a.jpg']))).toBeUndefined();
  expect(
    await keptPresence(library, gallery, await key(undefined, { ...rule, threshold: 0.5 })),
  ).toBeUndefined();
  await gallery.rename('Bob', 'Robert');
  expect(await keptPresence(library, gallery, await key())).toBeUndefined();
});
