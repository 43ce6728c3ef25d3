import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { collected, FlatIndex, l2Normalize, type LibraryFace, type VectorIndex } from '@fr-stream/core';
import { nearestFaces, scanNearest, vectorPages } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetInIndex, indexFolder, openSetIndex } from '../src/compose/set-index.js';

/** Enough faces that their index is kept on the disk. */
const PHOTOS = 51;
const FACES_EACH = 100;

let folder: string;
let library: SqlitePhotoLibrary;
const gallery = (): string => join(folder, 'set.db');

const vectorOf = (seed: number): Float32Array =>
  l2Normalize(Float32Array.from({ length: 16 }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233)));

async function store(photo: number, { seed = photo, chain = 'chain' } = {}): Promise<void> {
  const hash = String(photo).padStart(20, '0');
  const faces = Array.from({ length: FACES_EACH }, (_, place): LibraryFace => ({
    id: `${hash}-${place}`,
    hash,
    detection: { box: { x: place * 100, y: 0, width: 50, height: 60 }, score: 0.9 },
    quality: { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: 0.5 },
    embedding: { vector: vectorOf(seed * FACES_EACH + place), norm: 9, model: 'net' },
    cutout: `cutouts/${hash}-${place}.jpg`,
    aligned: `aligned/${hash}-${place}.jpg`,
  }));
  const path = `/photos/${hash}.jpg`;
  await library.store({ path, sizeBytes: 1, modifiedMs: 2, hash, width: 9000, height: 100 }, chain, faces);
}

const opened = async (): Promise<VectorIndex> => openSetIndex(library, await collected(library.outline()));
const manifest = (): Promise<string> => readFile(join(indexFolder(gallery()), 'manifest.json'), 'utf8');

/** Every face is there as the library has it, and nothing else is. */
async function expectInStep(index: VectorIndex): Promise<void> {
  const faces = await collected(library.faces());
  const ids: string[] = [];
  for await (const { id } of index.entries()) ids.push(id);
  expect(ids).toEqual(faces.map(({ id }) => id).sort());
  for (const { id, embedding } of faces.filter((_, i) => i % 97 === 0)) {
    const kept = (await index.get([id]))[0]?.vector;
    expect(
      Math.max(...embedding.vector.map((value, i) => Math.abs(value - (kept?.[i] ?? NaN)))),
    ).toBeLessThan(1e-6);
    expect((await index.search(embedding.vector, 1))[0].distance).toBeLessThan(1e-6);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-set-index-'));
  library = await SqlitePhotoLibrary.open(gallery());
  for (let photo = 0; photo < PHOTOS; photo++) await store(photo);
});
afterAll(async () => {
  await library[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('the index of a large set', { timeout: 60_000 }, () => {
  it('is made once, and read afterwards', async () => {
    await using made = await opened();
    await expectInStep(made);
    const before = await stat(join(indexFolder(gallery()), 'manifest.json'));
    await using read = await opened();
    await expectInStep(read);
    const after = await stat(join(indexFolder(gallery()), 'manifest.json'));
    expect(after.mtimeMs).toBe(before.mtimeMs);
  });

  it('takes up new photos, those searched again and those gone', async () => {
    const before = await manifest();
    await store(PHOTOS);
    await store(3, { seed: 900, chain: 'another' });
    await library.remove([`/photos/${'7'.padStart(20, '0')}.jpg`]);
    {
      await using index = await opened();
      await expectInStep(index);
    }
    expect(await manifest()).not.toBe(before);
    await using again = await opened();
    await expectInStep(again);
  });

  it('is made anew when it is damaged, and when it belongs to another gallery', async () => {
    const at = indexFolder(gallery());
    const graph = (await readdir(at)).find((name) => name.startsWith('graph')) ?? '';
    await writeFile(join(at, graph), 'damaged');
    {
      await using index = await opened();
      await expectInStep(index);
    }
    // The same photos and faces, other embeddings: as after a copy of an older gallery was put back.
    for (let photo = 0; photo < PHOTOS; photo++) await store(photo, { seed: 2000 + photo, chain: 'third' });
    await using index = await opened();
    await expectInStep(index);
  });

  it('holds nothing any more of a face that was forgotten', async () => {
    const [face] = await collected(library.faces());
    const bytes = Buffer.from(face.embedding.vector.slice(0, 3).buffer);
    const held = async (): Promise<boolean> => {
      const at = indexFolder(gallery());
      const files = await Promise.all((await readdir(at)).map((name) => readFile(join(at, name))));
      return files.some((file) => file.includes(bytes) || file.includes(face.id));
    };
    expect(await held()).toBe(true);
    await forgetInIndex(library, [face.id]);
    expect(await held()).toBe(false);
  });

  it('finds what looking at all faces finds', async () => {
    await using index = await opened();
    await using flat = new FlatIndex(16);
    await flat.add(
      (await collected(library.faces())).map(({ id, embedding }) => ({ id, vector: embedding.vector })),
    );
    const queries = [1.5, 777.3, 4000.1].map(vectorOf);
    const all = await collected(library.outline());
    const scanned = await scanNearest(library.scan(), queries, 5);
    expect(await scanNearest(vectorPages(all, library), queries, 5)).toEqual(scanned);
    for (const [i, query] of queries.entries()) {
      const exact = await nearestFaces(flat, library, query, 5);
      expect(scanned[i]).toEqual(exact);
      expect(await nearestFaces(index, library, query, 5)).toEqual(exact);
    }
  });
});
