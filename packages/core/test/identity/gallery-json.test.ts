import { describe, expect, it } from 'vitest';
import { Gallery, galleryFromJson, galleryToJson, MemoryGalleryStore } from '../../src/index.js';

const snapshot = {
  embedder: 'net-3',
  people: [{ id: 'p1', name: 'Zoë “Z”' }],
  faces: [
    {
      id: 'f1',
      personId: 'p1',
      vector: Float32Array.of(Math.PI, -1e-30, 0.1, -0),
      source: 'photos/ñ.jpg',
      quality: 0.5,
    },
  ],
  rejections: [],
  labels: 0,
};

describe('gallery files', () => {
  it('bring back every bit, and go into another store', async () => {
    const back = galleryFromJson(galleryToJson(snapshot));
    expect(back).toEqual(snapshot);
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'new' });
    await gallery.import(back);
    await gallery.import(back);
    expect(await gallery.export()).toEqual(snapshot);
  });

  it('call a track of a video a picture of its own, whatever the web app has written there', () => {
    const ids = ['00112233445566778899-t3', 'seen:1f-1:2', '00112233445566778899-3'];
    const faces = ids.map((id) => ({ ...snapshot.faces[0], id, picture: '00112233445566778899aabb' }));
    const back = galleryFromJson(galleryToJson({ ...snapshot, faces })).faces;
    expect(back.map(({ picture }) => picture)).toEqual([ids[0], ids[1], '00112233445566778899aabb']);
  });

  it('look the same whether written at once or piece by piece', () => {
    const written = { ...snapshot.faces[0], picture: 'a\nb' };
    const list = [written, { ...written, id: 'f2' }];
    const faces = list.map((one) => ({ ...one, vector: Float32Array.of(1, -2) }));
    const texts = list.map((one) => {
      const { id, personId, source, quality, picture } = one;
      return { id, personId, source, quality, picture, vector: 'AACAPwAAAMA=' };
    });
    const of = (parts: object, rejections: readonly (readonly [string, string])[]) =>
      galleryToJson({ ...snapshot, ...parts, rejections });
    const expected = (shown: readonly object[], more: object) =>
      JSON.stringify(
        { schema: 'fr-stream/gallery@1', embedder: 'net-3', people: snapshot.people, faces: shown, ...more },
        undefined,
        1,
      );
    expect(of({ faces }, [])).toBe(expected(texts, {}));
    expect(of({ faces: [] }, [['f1', 'p9']])).toBe(expected([], { rejections: [['f1', 'p9']] }));
  });

  it('hold vectors as base64 of little-endian float32', () => {
    const faces = [{ ...snapshot.faces[0], vector: Float32Array.of(1, -2) }];
    // 1 = 00 00 80 3f, -2 = 00 00 00 c0 (IEEE 754, least significant byte first).
    expect(galleryToJson({ ...snapshot, faces })).toContain('"AACAPwAAAMA="');
  });

  it.each([
    ['no JSON', '{'],
    ['another schema', '{"schema":"fr-stream/gallery@2"}'],
    ['an orphan', galleryToJson({ ...snapshot, people: [] })],
    [
      'a vector that is cut',
      galleryToJson({ ...snapshot, faces: [{ ...snapshot.faces[0], vector: new Float32Array(0) }] }),
    ],
  ])('are refused when they hold %s', (_what, json) => {
    expect(() => galleryFromJson(json)).toThrow(expect.objectContaining({ code: 'GALLERY_INVALID' }));
  });
});

describe('importing a gallery', () => {
  const face = (id: string, personId: string, ...vector: number[]) => ({
    id,
    personId,
    vector: Float32Array.from(vector),
    source: `${id}.jpg`,
    quality: 1,
  });

  it('gives the faces of a namesake to who is here, and finds them at once', async () => {
    let made = 0;
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `here${made++}` });
    const embedding = { vector: Float32Array.of(1, 0), model: 'net-2', norm: 1 };
    const { person: ada } = await gallery.enroll('Ada', [{ embedding, source: 'a.jpg', quality: 1 }]);
    await gallery.import({
      embedder: 'net-2',
      people: [
        // In another spelling: lower case, the last letter of full width.
        { id: 'x', name: 'ad\uFF41' },
        { id: 'y', name: 'Bo' },
      ],
      faces: [face('f1', 'x', 0, 1), face('f2', 'y', -1, 0)],
      rejections: [],
      labels: 0,
    });
    expect(gallery.people()).toEqual([
      { id: ada.id, name: 'Ada', faces: 2 },
      { id: 'y', name: 'Bo', faces: 1 },
    ]);
    expect((await gallery.search(Float32Array.of(0, 1), 1))[0]).toMatchObject({ name: 'Ada', score: 1 });
    expect((await gallery.search(Float32Array.of(-1, 0), 1))[0]).toMatchObject({ name: 'Bo', score: 1 });
  });

  it('keeps faces of different embedders apart', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'new' });
    await gallery.import(snapshot);
    const other = { ...snapshot, embedder: 'net-9', faces: [face('f9', 'p1', 1, 0, 0)] };
    await expect(gallery.import(other)).rejects.toMatchObject({ code: 'GALLERY_MODEL_MISMATCH' });
    expect(await gallery.export()).toEqual(snapshot);
  });
});
