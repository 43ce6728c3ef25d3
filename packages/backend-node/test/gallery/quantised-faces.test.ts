import {
  collected,
  dotProduct,
  FlatIndex,
  Gallery,
  l2Normalize,
  quantisedDot,
  type LibraryFace,
  type QuantisedFaces,
} from '@fr-stream/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkGalleryFile, SqliteGalleryStore, SqlitePhotoLibrary, sqliteDriver } from '../../src/index.js';

/** Uniform in [0, 1), the same in every run (Numerical Recipes' linear congruential generator). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const pagesOf = async (pages: AsyncIterable<QuantisedFaces> | undefined): Promise<QuantisedFaces[]> =>
  pages === undefined ? [] : await collected(pages);

const DIMENSIONS = 24;
const PHOTOS = 100;
const FACES = 50;
let folder: string;
let path: string;
const vectors = new Map<string, Float32Array>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-quantised-'));
  path = join(folder, 'gallery.db');
  const random = lcg(3);
  await using library = await SqlitePhotoLibrary.open(path);
  for (let photo = 0; photo < PHOTOS; photo++) {
    const hash = `hash-${photo}`;
    const faces = Array.from({ length: FACES }, (_, place): LibraryFace => {
      const id = `${hash}-${place}`;
      const vector = l2Normalize(Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5));
      vectors.set(id, vector);
      return {
        id,
        hash,
        detection: { box: { x: place * 60, y: 10, width: 50, height: 60 }, score: 0.9 },
        quality: { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: 0.6 },
        embedding: { vector, norm: 9, model: 'net' },
        cutout: `cutouts/${id}.jpg`,
        aligned: `aligned/${id}.jpg`,
      };
    });
    const file = { path: `/photos/${hash}.jpg`, sizeBytes: 1, modifiedMs: 2, width: 3000, height: 200 };
    await library.store({ ...file, hash }, 'chain', faces);
  }
  await using gallery = await SqliteGalleryStore.open(path);
  const owned = [...vectors].slice(10, 30).map(([id, vector]) => ({ id, personId: 'p1', vector }));
  await gallery.apply([
    { kind: 'add-person', person: { id: 'p1', name: 'Ada' } },
    {
      kind: 'add-faces',
      embedder: 'net',
      faces: owned.map((face) => ({ ...face, source: '', quality: 0, by: 'machine' })),
    },
  ]);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

it('gives every face once, with its owner, and as near to its embedding as it says', async () => {
  await using library = await SqlitePhotoLibrary.open(path);
  const pages = await pagesOf(library.quantised());
  const ids = pages.flatMap((page) => page.ids);
  expect([...ids].sort()).toEqual([...vectors.keys()].sort());
  const probe = vectors.get('hash-7-7') ?? new Float32Array();
  for (const { ids: faces, owners, values, scales, errors, embedder, dimensions } of pages) {
    expect([embedder, dimensions]).toEqual(['net', DIMENSIONS]);
    for (const [i, id] of faces.entries()) {
      const exact = dotProduct(probe, vectors.get(id) ?? new Float32Array());
      const coarse = quantisedDot(probe, values, i) * scales[i];
      expect(Math.abs(coarse - exact)).toBeLessThanOrEqual(errors[i] + 1e-6);
      // Half a step in each of the dimensions at most.
      expect(errors[i]).toBeLessThan((scales[i] / 2) * Math.sqrt(DIMENSIONS) * 1.01);
      const place = [...vectors.keys()].indexOf(id);
      expect(owners[i]).toBe(place >= 10 && place < 30 ? 'p1' : null);
    }
  }
});

it('gives faces of photos that are nobody’s alone', async () => {
  await using library = await SqlitePhotoLibrary.open(path);
  const pages = await pagesOf(library.quantised('loose-photos'));
  const loose = [...vectors.keys()].filter((_, place) => place < 10 || place >= 30);
  expect(pages.flatMap((page) => page.ids).sort()).toEqual(loose.sort());
});

it('gives faces of people with a name alone, enrolled ones too, by whom a search finds what it finds without', async () => {
  const copy = join(folder, 'people.db');
  const original = (await sqliteDriver()).open(path, 1000);
  original.prepare('VACUUM INTO ?').run(copy);
  original.close();
  const [bob, nobody] = [vectors.get('hash-50-1'), vectors.get('hash-60-1')];
  if (bob === undefined || nobody === undefined) throw new Error('no such faces');
  const face = { source: 'x.jpg', quality: 1 };
  const loose = { id: 'hash-60-1', personId: 'p3', vector: nobody, ...face, source: '' };
  // The gallery will own it.
  const store = await SqliteGalleryStore.open(copy);
  await store.apply([
    { kind: 'add-person', person: { id: 'p2', name: 'Bob' } },
    { kind: 'add-faces', embedder: 'net', faces: [{ id: 'b1', personId: 'p2', vector: bob, ...face }] },
    { kind: 'add-person', person: { id: 'p3', name: 'unknown-1', unnamed: true } },
    { kind: 'add-faces', embedder: 'net', faces: [{ ...loose, by: 'machine' }] },
  ]);
  const named = (await collected(store.vectors())).flat();
  expect(named.length).toBe(21);
  // Not what every store can do.
  await using people = await store.searched(() => true);
  expect(people).toBeDefined();

  await using gallery = await Gallery.open(store, { createId: () => 'id' });
  await using flat = new FlatIndex(DIMENSIONS);
  await flat.add(named.map(({ id, personId: group, vector }) => ({ id, group, vector })));
  for (const [, probe] of [...vectors].slice(0, 200)) {
    const truth = await flat.search(probe, 2, { perGroup: 1 });
    const found = await gallery.search(probe, 2);
    expect(found.map(({ personId, score }) => [personId, 1 - score])).toEqual(
      truth.map(({ group, distance }) => [group, 1 - (1 - distance)]),
    );
  }
});

it('tells of a bit that flipped, as does the check', async () => {
  const driver = await sqliteDriver();
  const flip = (): void => {
    const database = driver.open(path, 1000);
    const where = "WHERE id = 'hash-9-9'";
    const blob = database.prepare<[], Buffer>(`SELECT quantised FROM photo_faces ${where}`).pluck().get();
    if (blob === undefined) throw new Error('no such face');
    blob[3] ^= 4;
    database.prepare(`UPDATE photo_faces SET quantised = ? ${where}`).run(blob);
    database.close();
  };
  flip();
  {
    await using library = await SqlitePhotoLibrary.open(path);
    await expect(pagesOf(library.quantised())).rejects.toMatchObject({ code: 'GALLERY_INVALID' });
    expect(await checkGalleryFile(path)).toEqual(['the photo face hash-9-9']);
  }
  flip();
  expect(await checkGalleryFile(path)).toEqual([]);
});

it('says nothing where photos are gone, whose faces nobody should find, or all is sealed', async () => {
  const copy = join(folder, 'copy.db');
  const driver = await sqliteDriver();
  const original = driver.open(path, 1000);
  original.prepare('VACUUM INTO ?').run(copy);
  original.close();
  {
    await using sealed = await SqlitePhotoLibrary.open(copy, {
      key: { bytes: new Uint8Array(32).fill(7) },
      encrypt: true,
    });
    expect(sealed.quantised()).toBeUndefined();
    const database = driver.open(copy, 1000);
    const left = database.prepare('SELECT count(quantised) FROM photo_faces').pluck().get();
    database.close();
    expect(left).toBe(0);
  }
  const database = driver.open(path, 1000);
  database.exec("DELETE FROM photos WHERE hash = 'hash-3'");
  database.close();
  await using library = await SqlitePhotoLibrary.open(path);
  expect(library.quantised()).toBeUndefined();
  await library.remove([]);
  const pages = await pagesOf(library.quantised());
  // Too few are left: they are read whole.
  expect(pages).toEqual([]);
});
