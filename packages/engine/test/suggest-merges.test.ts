import { randomUUID } from 'node:crypto';
import {
  Gallery,
  l2Normalize,
  MemoryGalleryStore,
  MemoryMediaLibrary,
  type FaceFilter,
  type LibraryTrack,
} from '@fr-stream/core';
import { expect, it } from 'vitest';
import { suggestMerges } from '../src/index.js';

/** Counts the people whose faces are read. */
class CountedStore extends MemoryGalleryStore {
  readonly read = new Set<string>();

  override async *faces(filter?: FaceFilter) {
    for await (const face of super.faces(filter)) {
      this.read.add(face.personId);
      yield face;
    }
  }
}

it('reads the faces of those only who have changed since it was asked before', async () => {
  const store = new CountedStore();
  await using gallery = await Gallery.open(store, { createId: randomUUID });
  // Five people whom eight directions tell apart; two strangers look like Ada, one more and one less.
  const looks = (x: number, y: number, i: number): Float32Array => {
    const vector = new Float32Array(8);
    vector[0] = x;
    vector[i] = y;
    return l2Normalize(vector);
  };
  const enroll = async (name: string, vector: Float32Array): Promise<string> => {
    const embedding = { vector, norm: 1, model: 'm' };
    await gallery.enroll(name, [{ embedding, source: `${name}.jpg`, quality: 1 }]);
    return gallery.person(name).id;
  };
  const ada = await enroll('Ada', looks(1, 0, 1));
  for (let i = 2; i < 8; i++) await enroll(`Other ${i}`, looks(0, 1, i));
  const stranger = async (name: string, vector: Float32Array): Promise<string> => {
    const person = { id: randomUUID(), name, unnamed: true } as const;
    const face = {
      id: randomUUID(),
      personId: person.id,
      source: 'clip.mp4',
      quality: 1,
      kind: 'video',
    } as const;
    return (await gallery.keep({ person, embedder: 'm', faces: [{ ...face, vector }] })).id;
  };
  const [near, far] = [
    await stranger('unknown-1', looks(1, 0.2, 2)),
    await stranger('unknown-2', looks(1, 0.6, 3)),
  ];
  const ask = async () => {
    store.read.clear();
    const pairs = await suggestMerges(gallery, 0.7, 10);
    return pairs.map(({ first, second }) => [first, second].sort());
  };
  const pairs = await ask();
  expect(pairs).toHaveLength(3);
  expect(pairs[0]).toEqual([ada, near].sort());
  expect(store.read.size).toBe(9);

  expect(await ask()).toEqual(pairs);
  expect(store.read.size).toBe(0);

  await gallery.merge([ada, near]);
  expect(await ask()).toEqual([[ada, far].sort()]);
  expect([...store.read]).toEqual([ada]);

  await gallery.undo();
  expect(await ask()).toEqual(pairs);
  await gallery.remove(far);
  expect(await ask()).toEqual([[ada, near].sort()]);
});

it('asks of nobody who is in view together with somebody whether they are the same', async () => {
  const store = new MemoryGalleryStore();
  await using library = new MemoryMediaLibrary(store);
  await using gallery = await Gallery.open(store, { createId: randomUUID });
  const [embedding, quality] = [{ vector: Float32Array.of(1, 0), norm: 1, model: 'm' }, 0.5];
  const track = (id: string, fromMs: number, toMs: number): LibraryTrack => {
    const detection = { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1 };
    const facts = { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: quality };
    const best = { timeMs: fromMs, detection, quality: facts };
    return {
      id,
      hash: 'v',
      spans: [{ fromMs, toMs }],
      best,
      embedding,
      pictures: 1,
      cutout: '',
      aligned: '',
    };
  };
  const file = { path: '/a.mp4', sizeBytes: 1, modifiedMs: 1, hash: 'v', width: 10, height: 10 };
  // The second and the third share a boundary, as two cuts of one track may.
  const tracks = [track('t0', 0, 2000), track('t1', 1500, 3000), track('t2', 2900, 4000)];
  await library.storeVideo({ ...file, durationMs: 4000 }, 'chain', tracks);
  const person = { id: 'ada', name: 'Ada' };
  await gallery.apply([{ kind: 'add-person', person }], { action: '', people: [], undo: [] });
  for (const [i, name] of ['Ada', 'unknown-1', 'unknown-2'].entries()) {
    const id = `t${i}`;
    const face = { id, embedding, quality, source: id, picture: id };
    if (i === 0) await gallery.adopt(name, face);
    else {
      const group = { id: name, name, unnamed: true } as const;
      const record = { ...face, personId: name, vector: embedding.vector, kind: 'photo' } as const;
      await gallery.keep({ person: group, embedder: 'm', faces: [record] });
    }
  }
  const pairs = await suggestMerges(gallery, 0.7, 10);
  expect(pairs.map(({ first, second }) => [first, second].sort())).toEqual([
    ['ada', 'unknown-2'],
    ['unknown-1', 'unknown-2'],
  ]);
});
