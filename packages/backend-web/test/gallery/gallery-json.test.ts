import { MemoryGalleryStore } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { galleryFromJson, galleryToJson, importChanges } from '../../src/index.js';

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
};

describe('gallery files', () => {
  it('bring back every bit, and go into another store', async () => {
    const back = galleryFromJson(galleryToJson(snapshot));
    expect(back).toEqual(snapshot);
    const store = new MemoryGalleryStore();
    await store.apply(importChanges(back));
    await store.apply(importChanges(back));
    expect(await store.load()).toEqual(snapshot);
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
