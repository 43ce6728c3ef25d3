import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collected, Gallery } from '@fr-stream/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkGalleryFile,
  sqliteDriver,
  SqliteGalleryStore,
  SqlitePhotoLibrary,
  SqliteVideoLibrary,
} from '../../src/index.js';

/**
 * Galleries as the code of past commits made them: their tables are what SQLite said of files that it made (of f35fda0,
 * cb09e11, e690012, 0f54796 and b517b7b), their rows are made up.
 */
const past = JSON.parse(
  await readFile(new URL('./fixtures/past-schemas.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly string[]>>;

const FRST = 0x46525354;
const HASH = 'ab'.repeat(32);
const box = { x: 1, y: 2, width: 30, height: 40 };
const quality = { sharpness: 1, size: 1, pose: 1, exposure: 1, overall: 0.9 };
const vectorOf = (...numbers: number[]): Float32Array => Float32Array.from(numbers);
const bytesOf = (vector: Float32Array): Uint8Array => new Uint8Array(vector.buffer);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-past-'));
  path = join(folder, 'g.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Ada, enrolled once, and one photo with two faces; from version 3 on the first is Ada's, which can be undone. */
async function make(version: number): Promise<void> {
  const database = (await sqliteDriver()).open(path, 1000);
  try {
    for (const sql of past[version] ?? []) database.exec(sql);
    database.pragma(`application_id = ${FRST}`);
    database.pragma(`user_version = ${version}`);
    const insert = (table: string, row: Readonly<Record<string, string | number | Uint8Array>>): void => {
      const columns = Object.keys(row);
      database
        .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
        .run(...Object.values(row));
    };
    insert('meta', { key: 'embedder', value: 'net' });
    insert('people', { id: 'p1', name: 'Ada' });
    insert('gallery_faces', {
      id: 'f1',
      person_id: 'p1',
      embedding: bytesOf(vectorOf(1, 0, 0)),
      source: '/old/ada.jpg',
      quality: 0.5,
    });
    insert('contents', { hash: HASH, chain: 'old', width: 400, height: 300 });
    insert('photos', { path: '/old/party.jpg', hash: HASH, size_bytes: 5, modified_ms: 1.5 });
    for (const [place, vector] of [vectorOf(0.8, 0.6, 0), vectorOf(0, 0, 1)].entries()) {
      insert('photo_faces', {
        id: `${HASH.slice(0, 20)}-${place}`,
        hash: HASH,
        place,
        detection: JSON.stringify({ box, score: 0.99 }),
        quality: JSON.stringify(quality),
        embedding: bytesOf(vector),
        norm: 1,
        embedder: 'net',
        cutout: `cutouts/${place}.jpg`,
        aligned: `aligned/${place}.jpg`,
        ...(version >= 3 && place === 0 && { person_id: 'p1', assigned_by: 'cluster' }),
        ...(version >= 4 && { vector_key: `k${place}` }),
      });
    }
    if (version < 3) return;
    insert('change_log', {
      at: '2026-11-25T01:00:00.000Z',
      action: 'cluster (1 face, 0 new people)',
      people: '["p1"]',
      undo: JSON.stringify([{ kind: 'remove-faces', faceIds: [`${HASH.slice(0, 20)}-0`] }]),
    });
  } finally {
    database.close();
  }
}

const openGallery = async (): Promise<Gallery> =>
  Gallery.open(await SqliteGalleryStore.open(path), { createId: randomUUID });

describe.each(Object.keys(past).map(Number))('a gallery of version %i', (version) => {
  const grouped = version >= 3 ? 1 : 0;

  it('is opened with all that it held, and kept as it was beside', async () => {
    await make(version);
    const before = `${path}.before-schema-${version + 1}`;
    {
      await using gallery = await openGallery();
      expect(gallery.people()).toMatchObject([{ id: 'p1', name: 'Ada' }]);
      expect(gallery.facesOf('p1')).toHaveLength(1 + grouped);
      expect(gallery.face('f1')).toMatchObject({ source: '/old/ada.jpg', quality: 0.5 });
      const [match] = await gallery.search(vectorOf(1, 0, 0), 1);
      expect(match?.score).toBeCloseTo(1, 6);
    }
    await using photos = await SqlitePhotoLibrary.open(path);
    expect(await collected(photos.photos())).toMatchObject([
      { path: '/old/party.jpg', hash: HASH, width: 400, height: 300, sizeBytes: 5, modifiedMs: 1.5 },
    ]);
    expect(await photos.current([{ path: '/old/party.jpg', sizeBytes: 5, modifiedMs: 1.5 }], 'old')).toEqual([
      true,
    ]);
    const faces = await collected(photos.faces());
    expect(faces.map(({ detection }) => detection.box)).toEqual([box, box]);
    const vectors = await photos.vectors(faces.map(({ id }) => id));
    expect(vectors).toEqual([vectorOf(0.8, 0.6, 0), vectorOf(0, 0, 1)]);
    await using videos = await SqliteVideoLibrary.open(path);
    void videos;
    const old = (await sqliteDriver()).open(before, 1000);
    expect(Number(old.pragma('user_version'))).toBe(version);
    old.close();
    expect(await checkGalleryFile(path)).toEqual([]);
  });

  it('can be edited, undone and forgotten', async () => {
    await make(version);
    await using gallery = await openGallery();
    await gallery.name('Ada', 'Ada Lovelace');
    expect(gallery.people().map(({ name }) => name)).toEqual(['Ada Lovelace']);
    await gallery.undo();
    expect(gallery.people().map(({ name }) => name)).toEqual(['Ada']);
    // What the older version did can be undone by this one.
    if (version >= 3) {
      await gallery.undo();
      expect(gallery.facesOf('p1')).toHaveLength(1);
    }
    await gallery.remove('p1');
    expect(gallery.people()).toEqual([]);
    expect(await checkGalleryFile(path)).toEqual([]);
  });
});

it('a gallery of the past is not touched where no copy of it can be kept', async () => {
  const version = 6;
  await make(version);
  const before = await readFile(path);
  const driver = await sqliteDriver();
  // The copy's name is taken by a folder, so that it cannot get it.
  await mkdir(`${path}.before-schema-${version + 1}`);
  await writeFile(join(`${path}.before-schema-${version + 1}`, 'mine'), 'x');
  await expect(SqliteGalleryStore.open(path)).rejects.toThrow();
  const database = driver.open(path, 1000);
  expect(Number(database.pragma('user_version'))).toBe(version);
  database.close();
  expect((await readFile(path)).length).toBe(before.length);
  expect(existsSync(join(`${path}.before-schema-${version + 1}`, 'mine'))).toBe(true);
});

it('a bit that flipped in any table or index that names a photo is told on opening', async () => {
  await make(6);
  await (await SqliteGalleryStore.open(path))[Symbol.asyncDispose]();
  const whole = await readFile(path);
  const places: number[] = [];
  for (let at = whole.indexOf(HASH); at >= 0; at = whole.indexOf(HASH, at + 1)) places.push(at);
  // Contents, photos and their index, faces and theirs.
  expect(places.length).toBeGreaterThanOrEqual(5);
  for (const at of places) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(at + 40) ^ 1, at + 40);
    await writeFile(path, flipped);
    for (const ending of ['-wal', '-shm']) await rm(path + ending, { force: true });
    await expect(SqliteGalleryStore.open(path), `byte ${at}`).rejects.toThrow('damaged');
  }
});
