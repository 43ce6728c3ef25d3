import {
  SqliteGalleryStore,
  SqlitePhotoLibrary,
  SqliteVideoLibrary,
  useRowProducts,
} from '@fr-stream/backend-node';
import { Gallery, l2Normalize, type LibraryFace, type PhotoLibrary } from '@fr-stream/core';
import { where } from '@fr-stream/library';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const DIMENSIONS = 24;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-where-'));
  path = join(folder, 'gallery.db');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Uniform in [0, 1), the same in every run (Numerical Recipes' linear congruential generator). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

it('finds somebody among thousands of faces that are nobody’s, looked at in 8 bits first, as if all were measured', async () => {
  const random = lcg(5);
  const vector = (): Float32Array =>
    l2Normalize(Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5));
  const ada = vector();
  await using photos = await SqlitePhotoLibrary.open(path);
  await using videos = await SqliteVideoLibrary.open(path);
  await using gallery = await Gallery.open(await SqliteGalleryStore.open(path), { createId: randomUUID });
  const own: LibraryFace[] = [];
  for (let photo = 0; photo < 51; photo++) {
    const hash = `hash-${photo}`;
    const faces = Array.from({ length: 100 }, (_, place): LibraryFace => {
      // One face of each photo is hers; others are more or less like her, so that many are close to the threshold.
      const like = place === 0 ? 0.2 : random() * 4;
      const other = vector();
      return {
        id: `${hash}-${place}`,
        hash,
        detection: { box: { x: place * 60, y: 10, width: 50, height: 60 }, score: 0.9 },
        quality: { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: 0.6 },
        embedding: {
          vector: l2Normalize(ada.map((value, i) => value + like * (other[i] ?? 0))),
          norm: 9,
          model: 'net',
        },
        cutout: `${hash}-${place}.jpg`,
        aligned: `${hash}-${place}.png`,
      };
    });
    const file = { path: `/photos/${hash}.jpg`, sizeBytes: 1, modifiedMs: 2, width: 6000, height: 200 };
    await photos.store({ ...file, hash }, 'chain', faces);
    if (photo < 45) own.push(...faces.slice(0, 1));
  }
  await gallery.keep({
    person: { id: 'ada', name: 'Ada' },
    embedder: 'net',
    faces: own.map(({ id, hash, embedding: { vector: face } }) => ({
      id,
      personId: 'ada',
      vector: face,
      source: hash,
      quality: 1,
      kind: 'photo',
      by: 'user',
      picture: hash,
    })),
  });
  const rule = { threshold: 0.97, margin: 0 };
  const person = { id: 'ada', name: 'Ada' };
  let pages = 0;
  const counted: PhotoLibrary = new Proxy(photos, {
    get(target, property) {
      if (property === 'quantised') pages++;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const quick = await where(
    { person },
    { gallery, photos: counted, videos, rule, useProducts: useRowProducts },
  );
  const slow = await where({ person }, { gallery, photos, videos, rule });
  expect(pages).toBeGreaterThan(0);
  expect(quick.map(({ path: file, by, score }) => [file, by, score])).toEqual(
    slow.map(({ path: file, by, score }) => [file, by, score]),
  );
  // Hers that nobody said anything of.
  const recognised = quick.filter(({ by }) => by === 'recognised').map(({ path: file }) => file);
  for (let photo = 45; photo < 51; photo++) expect(recognised).toContain(`/photos/hash-${photo}.jpg`);
  expect(quick.filter(({ by }) => by === 'user')).toHaveLength(45);
});
