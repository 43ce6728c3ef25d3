import { randomUUID } from 'node:crypto';
import { Gallery, l2Normalize, MemoryGalleryStore, type FaceFilter } from '@fr-stream/core';
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
