import {
  Gallery,
  likelyDoubles,
  MemoryGalleryStore,
  type GalleryFaceRecord,
  type GallerySnapshot,
  type LabelledVector,
  type LooseFaces,
} from '@fr-stream/core';
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

/** Faces of photos that are nobody's, called unknown-9: two of them in one picture. */
const LOOSE: LooseFaces = {
  person: { id: 'l', name: 'unknown-9', unnamed: true },
  embedder: 'toy',
  faces: ['l1', 'l2', 'l3'].map((id) =>
    face(id, 'l', { kind: 'photo', by: 'user', picture: id === 'l1' ? 'p' : 'q' }),
  ),
};

describe('labels of nobody\u2019s faces', () => {
  const facesOf = (gallery: Gallery, ref: string) =>
    gallery.facesOf(gallery.person(ref).id).map(({ id }) => id);

  it('can be merged into somebody, at most one face of each picture, and are nobody\u2019s again when undone', async () => {
    await using gallery = await opened();
    const before = await stateOf(gallery);
    const { name } = await gallery.merge(['Ada', 'unknown-9'], {}, [LOOSE]);
    expect(name).toBe('Ada');
    expect(facesOf(gallery, 'Ada')).toEqual(['a1', 'l1', 'l2']);
    expect(gallery.find('unknown-9')).toBeUndefined();
    await gallery.undo();
    expect(await stateOf(gallery)).toEqual(before);
  });

  it('become people when they are split, told apart or kept', async () => {
    await using gallery = await opened();
    const split = await gallery.split('unknown-9', ['l2'], [LOOSE]);
    expect([facesOf(gallery, 'unknown-9'), facesOf(gallery, split.id)]).toEqual([['l1'], ['l2']]);
    await gallery.undo();
    await gallery.notSame('unknown-9', 'Ada', [LOOSE]);
    await expect(gallery.merge(['Ada', 'unknown-9'])).rejects.toMatchObject({ code: 'GALLERY_CONFLICT' });
    await gallery.undo();
    await gallery.notThisFace('b1', 'unknown-9', [LOOSE]);
    await expect(gallery.merge(['Bob', 'unknown-9'])).rejects.toMatchObject({ code: 'GALLERY_CONFLICT' });
    await gallery.undo();
    await gallery.keep(LOOSE);
    expect(facesOf(gallery, 'unknown-9')).toEqual(['l1', 'l2']);
  });

  it('of another embedder are refused', async () => {
    await using gallery = await opened();
    await expect(gallery.keep({ ...LOOSE, embedder: 'other' })).rejects.toMatchObject({
      code: 'GALLERY_MODEL_MISMATCH',
    });
  });
});

describe('likely doubles', () => {
  const angle = (degrees: number): Float32Array =>
    Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
  it('are sought among labels and people without a name, too', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'new' });
    await gallery.import({
      ...SNAPSHOT,
      people: [
        { id: 'a', name: 'Ada' },
        { id: 'u', name: 'unknown-3', unnamed: true },
        { id: 'w', name: 'unknown-5', unnamed: true },
      ],
      faces: [
        face('a1', 'a', { vector: angle(0) }),
        face('u1', 'u', { vector: angle(40) }),
        face('w1', 'w', { vector: angle(90) }),
      ],
      rejections: [],
    });
    const pairs = async (...loose: LabelledVector[]) =>
      (await likelyDoubles(gallery, 0.7, loose)).map(({ people, score }) => [
        ...people.map(({ name }) => name).sort(),
        score?.toFixed(2),
      ]);
    // Cosines of 40, 50 and 90 degrees: .77, .64, 0.
    expect(await pairs()).toEqual([['Ada', 'unknown-3', '0.77']]);
    // Two faces of one label, on the whole at 100 degrees: 10 from unknown-5, 60 from unknown-3.
    expect(
      await pairs({ label: 'unknown-8', vector: angle(95) }, { label: 'unknown-8', vector: angle(105) }),
    ).toEqual([
      ['unknown-5', 'unknown-8', '0.98'],
      ['Ada', 'unknown-3', '0.77'],
    ]);
    await gallery.notSame('Ada', 'unknown-3');
    expect(await pairs()).toEqual([]);
  });
});

describe('what is imported', () => {
  const both = (rejections: GallerySnapshot['rejections']): GallerySnapshot => ({
    ...SNAPSHOT,
    people: [
      { id: 'x', name: 'Zo\u00eb' },
      { id: 'y', name: 'ZOE\u0308' },
    ],
    faces: [face('x1', 'x'), face('y1', 'y')],
    rejections,
  });
  it('makes one person of two spellings that are both new, unless they were told apart', async () => {
    for (const [rejections, count] of [
      [[], 1],
      [[['x', 'y']], 2],
    ] as const) {
      await using gallery = await opened();
      await gallery.import(both(rejections));
      const found = gallery.people().filter(({ name }) => name.startsWith('Z'));
      expect(found.map(({ faces }) => faces)).toEqual(count === 1 ? [2] : [1, 1]);
      await gallery.import(both(rejections));
      expect(gallery.people().filter(({ name }) => name.startsWith('Z'))).toEqual(found);
    }
  });
});

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
