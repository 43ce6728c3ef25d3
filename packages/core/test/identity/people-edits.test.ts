import { Gallery, MemoryGalleryStore, type GalleryFaceRecord, type GallerySnapshot } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const face = (id: string, personId: string, extra: Partial<GalleryFaceRecord> = {}): GalleryFaceRecord => ({
  id,
  personId,
  vector: Float32Array.of(1, 0),
  source: `${id}.jpg`,
  quality: 1,
  ...extra,
});

const SNAPSHOT: GallerySnapshot = {
  embedder: 'toy',
  people: [
    { id: 'a', name: 'Ada' },
    { id: 'b', name: 'Bob' },
    { id: 'u', name: 'unknown-3', unnamed: true },
    { id: 'v', name: 'unknown-4', unnamed: true },
  ],
  faces: [
    face('a1', 'a'),
    face('b1', 'b', { picture: 'x' }),
    face('u1', 'u', { by: 'machine', kind: 'photo', picture: 'x' }),
    face('u2', 'u', { by: 'user', kind: 'photo', picture: 'y' }),
    face('v1', 'v', { by: 'machine', kind: 'video' }),
  ],
  rejections: [
    ['u', 'b'],
    ['v', 'a1'],
  ],
  labels: 4,
};

async function opened(): Promise<Gallery> {
  let count = 0;
  const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `new${++count}` });
  await gallery.import(SNAPSHOT);
  return gallery;
}

/** Everything but the log and the count of labels, in a fixed order. */
async function stateOf(gallery: Gallery) {
  const { people, faces, rejections, embedder } = await gallery.export();
  const byId = (x: { readonly id: string }, y: { readonly id: string }) => (x.id < y.id ? -1 : 1);
  return {
    embedder,
    people: [...people].sort(byId),
    faces: faces.map((one) => ({ ...one, by: one.by ?? 'user', vector: [...one.vector] })).sort(byId),
    rejections: rejections.map((pair) => [...pair].sort().join(' ')).sort(),
  };
}

describe('edits of people', () => {
  it.each([
    ['name somebody', (g: Gallery) => g.name('unknown-3', ' Eve ')],
    ['rename somebody', (g: Gallery) => g.name('Ada', 'Ada L.')],
    ['name somebody like a known person', (g: Gallery) => g.name('unknown-3', 'Ada')],
    ['merge', (g: Gallery) => g.merge(['unknown-3', 'unknown-4', 'Ada'], { force: true })],
    ['split', (g: Gallery) => g.split('unknown-3', ['u2'])],
    ['tell people apart', (g: Gallery) => g.notSame('Ada', 'unknown-3')],
    [
      'take an enrolled face away',
      async (g: Gallery) => {
        await g.enroll('Ada', [
          { embedding: { vector: Float32Array.of(0, 1), norm: 1, model: 'toy' }, source: 's', quality: 1 },
        ]);
        return g.notThisFace('a1', 'Ada');
      },
    ],
    ['reject a face of nobody', (g: Gallery) => g.notThisFace('f77', 'Ada')],
  ])('%s, and undo restores every record', async (_what, action) => {
    await using gallery = await opened();
    const before = await stateOf(gallery);
    await action(gallery);
    expect(await stateOf(gallery)).not.toEqual(before);
    while ((await gallery.history()).length > 0) await gallery.undo();
    expect(await stateOf(gallery)).toEqual(before);
  });

  it('make the named of several the one who stays, with all faces and rejections', async () => {
    await using gallery = await opened();
    const merged = await gallery.merge(['unknown-3', 'Ada']);
    expect(merged).toEqual({ id: 'a', name: 'Ada' });
    expect(gallery.facesOf('a').map(({ id, by = 'user' }) => [id, by])).toEqual([
      ['a1', 'user'],
      ['u1', 'machine'],
      ['u2', 'user'],
    ]);
    expect(gallery.rejections.map((pair) => [...pair].sort())).toContainEqual(['a', 'b']);
    expect(gallery.find('unknown-3')).toBeUndefined();
    expect((await gallery.search(Float32Array.of(1, 0))).map(({ name }) => name)).toEqual(['Ada', 'Bob']);
  });

  it('refuse to merge who was told apart, or who is in one picture', async () => {
    await using gallery = await opened();
    await expect(gallery.merge(['Ada', 'unknown-4'])).rejects.toMatchObject({
      code: 'GALLERY_CONFLICT',
      message: 'Ada and unknown-4 were said not to be the same person.',
    });
    await expect(gallery.name('unknown-3', 'Bob')).rejects.toMatchObject({
      code: 'GALLERY_CONFLICT',
      message: expect.stringContaining('both in u1.jpg') as unknown,
    });
    expect((await gallery.history()).length).toBe(0);
  });

  it('give back a photo face that is not the person, and remember it', async () => {
    await using gallery = await opened();
    await gallery.notThisFace('u1', 'unknown-3');
    expect(gallery.facesOf('u').map(({ id }) => id)).toEqual(['u2']);
    expect(gallery.rejections).toContainEqual(['u', 'u1']);
  });

  it('refuse what makes no sense', async () => {
    await using gallery = await opened();
    await expect(gallery.name('unknown-3', 'unknown-9')).rejects.toThrow(/is a label/);
    await expect(gallery.name('Bob', 'Ada')).rejects.toThrow(/Somebody else/);
    await expect(gallery.merge(['Ada', 'a'])).rejects.toThrow(/two different/);
    await expect(gallery.split('unknown-3', ['u1', 'u2'])).rejects.toThrow(/nothing would be left/);
    await expect(gallery.split('Ada', ['u1'])).rejects.toThrow(/u1 is no face of Ada/);
    await expect(gallery.notSame('Ada', 'a')).rejects.toThrow(/cannot differ/);
    await expect(gallery.undo()).rejects.toThrow(/nothing to undo/);
  });

  it('are gone from the log with whom they touched, also those merged into them', async () => {
    await using gallery = await opened();
    await gallery.name('unknown-4', 'Secret');
    await gallery.name('Bob', 'Robert');
    await gallery.merge(['Robert', 'Secret']);
    await gallery.notSame('Ada', 'Robert');
    await gallery.name('Ada', 'Ada L.');
    await gallery.remove('Robert');
    const log = await gallery.history();
    expect(log.map(({ action }) => action)).toEqual(['name "Ada" "Ada L."']);
    expect(JSON.stringify(await gallery.export())).not.toMatch(/Robert|Secret|Bob/);
  });

  it('leave the unnamed out of identification', async () => {
    await using gallery = await opened();
    expect((await gallery.search(Float32Array.of(1, 0))).map(({ name }) => name)).toEqual(['Ada', 'Bob']);
    await gallery.name('unknown-4', 'Eve');
    expect((await gallery.search(Float32Array.of(1, 0))).map(({ name }) => name)).toContain('Eve');
  });
});
