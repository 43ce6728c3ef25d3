import {
  decideIdentity,
  Gallery,
  GalleryError,
  MemoryGalleryStore,
  UnknownIdentities,
  type Embedding,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

function counter(): () => string {
  let count = 0;
  return () => `id-${++count}`;
}

/** A unit vector in the plane of two axes, at an angle in degrees. */
function at(degrees: number, model = 'toy'): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return { vector: new Float32Array([Math.cos(angle), Math.sin(angle), 0]), norm: 1, model };
}

const face = (degrees: number, model?: string) => ({
  embedding: at(degrees, model),
  source: `${degrees}.jpg`,
  quality: 1,
});

describe('Gallery', () => {
  it('finds people by their best face, best person first', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    await gallery.enroll('Ada', [face(0), face(80)]);
    await gallery.enroll('Bob', [face(30)]);
    const found = await gallery.search(at(10).vector);
    expect(found.map(({ name }) => name)).toEqual(['Ada', 'Bob']);
    expect(found[0].score).toBeCloseTo(Math.cos((10 * Math.PI) / 180), 5);
    expect(found[1].score).toBeCloseTo(Math.cos((20 * Math.PI) / 180), 5);
  });

  it('finds the runner-up behind somebody with many photos, so that the margin is true', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    // 300 photos of Ada lie between the face and the nearest of Bob, 0.02 less alike than the nearest of Ada.
    await gallery.enroll(
      'Ada',
      Array.from({ length: 300 }, (_, i) => face(20 + i / 100)),
    );
    await gallery.enroll('Bob', [face(-23.2)]);
    await gallery.enroll('Eve', [face(120)]);
    const found = await gallery.search(at(0).vector);
    expect(found.map(({ name }) => name)).toEqual(['Ada', 'Bob', 'Eve']);
    expect(decideIdentity(found, { threshold: 0.5, margin: 0.05 })).toMatchObject({
      kind: 'unknown',
      reason: 'ambiguous',
    });
  });

  it('keeps everything in its store', async () => {
    const store = new MemoryGalleryStore();
    const createId = counter();
    const first = await Gallery.open(store, { createId });
    await first.enroll('Ada', [face(0)]);
    await first.enroll('Ada', [face(5)]);
    await first.rename('Ada', 'Ada L.');
    await first.enroll('Bob', [face(90)]);
    await first.remove('Bob');
    const second = await Gallery.open(store, { createId });
    expect(second.people()).toMatchObject([{ name: 'Ada L.', faces: 2 }]);
    expect(second.embedder).toBe('toy');
    expect(await second.search(at(90).vector)).toHaveLength(1);
  });

  it('refuses faces of another embedder, and changes nothing', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    await gallery.enroll('Ada', [face(0)]);
    await expect(gallery.enroll('Bob', [face(1, 'other')])).rejects.toMatchObject({
      code: 'GALLERY_MODEL_MISMATCH',
    });
    expect(() => gallery.requireEmbedder('other')).toThrow(GalleryError);
    expect(gallery.people()).toHaveLength(1);
  });

  it('can take another embedder once it is empty again', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    await gallery.enroll('Ada', [face(0)]);
    await gallery.remove('Ada');
    await gallery.enroll('Bob', [face(0, 'other')]);
    expect(gallery.embedder).toBe('other');
  });

  it('names whom it does not know', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    await expect(gallery.remove('Eve')).rejects.toMatchObject({
      code: 'GALLERY_PERSON_UNKNOWN',
      message: 'The gallery holds nobody called "Eve".',
    });
  });

  it('does not let two people share a name', async () => {
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: counter() });
    await gallery.enroll('Ada', [face(0)]);
    await gallery.enroll('Bob', [face(90)]);
    await expect(gallery.rename('Bob', 'Ada')).rejects.toThrow(/Somebody else/);
  });
});

describe('UnknownIdentities', () => {
  const none: ReadonlySet<string> = new Set();
  it('gives the same stranger the same label and another one the next', () => {
    const identities = new UnknownIdentities({ threshold: 0.9 });
    expect(identities.label(at(0).vector, 1, none)).toBe('unknown-1');
    expect(identities.label(at(90).vector, 1, none)).toBe('unknown-2');
    expect(identities.label(at(10).vector, 1, none)).toBe('unknown-1');
  });
  it('never gives one label twice in a frame', () => {
    const identities = new UnknownIdentities({ threshold: 0.9 });
    const first = identities.label(at(0).vector, 1, none);
    expect(identities.label(at(1).vector, 1, new Set([first ?? '']))).toBe('unknown-2');
  });
  it('founds no label on a poor face, but recognises one', () => {
    const identities = new UnknownIdentities({ threshold: 0.9 });
    expect(identities.label(at(0).vector, 0.1, none, false)).toBeUndefined();
    identities.label(at(0).vector, 1, none);
    expect(identities.label(at(5).vector, 0.1, none, false)).toBe('unknown-1');
  });
  it('forgets the one not seen for longest, and never reuses its label', () => {
    const identities = new UnknownIdentities({ threshold: 0.99, capacity: 2 });
    for (const angle of [0, 40, 0, 80]) identities.label(at(angle).vector, 1, none);
    expect(identities.size).toBe(2);
    expect(identities.label(at(0).vector, 1, none)).toBe('unknown-1');
    expect(identities.label(at(40).vector, 1, none)).toBe('unknown-4');
  });
});
