import { describe, expect, it } from 'vitest';
import { assignClusters, Gallery, MemoryGalleryStore, type AssignableFace } from '../../src/index.js';

const vector = Float32Array.of(0.6, 0.8);
const face = (picture: string): AssignableFace => ({
  embedder: 'net',
  vector,
  source: `${picture}.jpg`,
  quality: 1,
  picture,
});
const faces = new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, face(id)]));

/** A gallery with Ada, and the same as another process has it open. */
async function two() {
  let ids = 0;
  const store = new MemoryGalleryStore();
  const options = { createId: () => `p${++ids}` };
  const one = await Gallery.open(store, options);
  const embedding = { vector, norm: 1, model: 'net' };
  await one.enroll('Ada', [{ embedding, source: 'ada.jpg', quality: 1 }]);
  return { ada: one.person('Ada'), one, other: await Gallery.open(store, options), embedding };
}

describe('clusters whose faces were looked at before somebody else changed the gallery', () => {
  it('leave faces with whom the user named meanwhile, and make nobody of the one that is left', async () => {
    const { one, other, embedding } = await two();
    await one.adopt('Bob', { id: 'a', source: 'a.jpg', embedding, quality: 1, picture: 'a' });
    const clusters = [{ faces: ['a', 'b'] }, { faces: ['c', 'd', 'e'] }];
    const given = await assignClusters(other, clusters, faces);
    expect(given.map((group) => group.faces)).toEqual([['c', 'd', 'e']]);
    expect(other.face('a')?.personId).toBe(other.person('Bob').id);
    expect(other.face('b')).toBeUndefined();
  });

  it('are grouped once by two who group at the same time', async () => {
    const { one, other } = await two();
    const clusters = [{ faces: ['a', 'b'] }];
    await Promise.all([assignClusters(one, clusters, faces), assignClusters(other, clusters, faces)]);
    await one.reload();
    expect(one.people()).toHaveLength(2);
  });

  it('leave out a person who is forgotten by now, and a face that was said not to be theirs', async () => {
    const { ada, one, other } = await two();
    await one.enroll('Bob', [
      {
        embedding: { vector: Float32Array.of(0.8, 0.6), norm: 1, model: 'net' },
        source: 'bob.jpg',
        quality: 1,
      },
    ]);
    const bob = one.person('Bob');
    await other.reload();
    await one.apply([{ kind: 'reject', pairs: [['a', ada.id]] }], {
      action: 'not-same',
      people: [ada.id],
      undo: [],
    });
    await one.remove('Bob');
    const clusters = [
      { person: ada.id, faces: ['a', 'b'] },
      { person: bob.id, faces: ['c'] },
    ];
    const given = await assignClusters(other, clusters, faces);
    expect(given.map((group) => [group.person.name, group.faces])).toEqual([['Ada', ['b']]]);
  });
});
