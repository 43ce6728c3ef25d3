import { collected, forgottenInPhoto } from '@fr-stream/core';
import { photoLibraryConformance, videoLibraryConformance } from '@fr-stream/core/testing';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LibraryFace } from '@fr-stream/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteGalleryStore, SqlitePhotoLibrary, sqliteDriver, SqliteVideoLibrary } from '../../src/index.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-people-'));
  path = join(folder, 'gallery.db');
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function face(place: number, x: number, model = 'net'): LibraryFace {
  return {
    id: `hash-${place}`,
    hash: 'hash',
    detection: { box: { x, y: 10, width: 50, height: 60 }, score: 0.9 },
    quality: { size: 50, sharpness: 200, yaw: 0, pitch: 0, roll: 0, overall: 0.625 },
    embedding: { vector: Float32Array.of(0.6, 0.8), norm: 9, model },
    cutout: `cutouts/hash-${place}.jpg`,
    aligned: `aligned/hash-${place}.jpg`,
  };
}
const photo = { path: '/photos/a.jpg', sizeBytes: 1, modifiedMs: 2, hash: 'hash', width: 300, height: 200 };
const ada = { kind: 'add-person', person: { id: 'p1', name: 'Ada Unmistakable' } } as const;
const isAda = (id: string) =>
  ({
    kind: 'add-faces',
    embedder: 'net',
    faces: [{ id, personId: 'p1', vector: Float32Array.of(0.6, 0.8), source: '', quality: 0, by: 'machine' }],
  }) as const;

describe('SqlitePhotoLibrary', () => {
  const subject = {
    make: () => SqlitePhotoLibrary.open(path),
    reopen: () => SqlitePhotoLibrary.open(path),
    gallery: () => SqliteGalleryStore.open(path),
  };
  for (const check of photoLibraryConformance(subject)) it(check.name, check.run);
});

describe('SqliteVideoLibrary', () => {
  const subject = {
    make: () => SqliteVideoLibrary.open(path),
    reopen: () => SqliteVideoLibrary.open(path),
    gallery: () => SqliteGalleryStore.open(path),
  };
  for (const check of videoLibraryConformance(subject)) it(check.name, check.run);
});

it('remembers where somebody was who is forgotten when the file is written anew', async () => {
  await using library = await SqlitePhotoLibrary.open(path);
  await using gallery = await SqliteGalleryStore.open(path);
  await library.store(photo, 'chain', [face(0, 10)]);
  await gallery.apply([ada, isAda('hash-0'), { kind: 'forget-people', personIds: ['p1'] }]);
  expect(await forgottenInPhoto(library, photo.path, 'next')).toHaveLength(1);
  await library.store({ ...photo, hash: 'next' }, 'chain', []);
  expect(await library.forgotten('next')).toHaveLength(1);
  expect(await forgottenInPhoto(library, '/photos/b.jpg', 'other')).toHaveLength(0);
});

describe('a gallery file in which something was changed', () => {
  it.each([
    ['a quality', `UPDATE photo_faces SET quality = replace(quality, '0.625', '0.725') WHERE id = 'hash-1'`],
    ['a place', `UPDATE photo_faces SET detection = replace(detection, '200', '201') WHERE id = 'hash-1'`],
    ['of which photo it is', `UPDATE photo_faces SET hash = 'hasi' WHERE id = 'hash-1'`],
    ['of whom a face is', `UPDATE photo_faces SET person_id = 'p2' WHERE id = 'hash-1'`],
  ])('is refused: %s', async (_, sql) => {
    {
      await using library = await SqlitePhotoLibrary.open(path);
      await using store = await SqliteGalleryStore.open(path);
      await library.store(photo, 'chain', [face(0, 10), face(1, 200)]);
      await store.apply([ada, isAda('hash-1')]);
    }
    const database = (await sqliteDriver()).open(path, 1000);
    database.pragma('foreign_keys = OFF');
    database.exec(sql);
    database.close();
    await expect(SqliteGalleryStore.open(path)).rejects.toMatchObject({ code: 'GALLERY_INVALID' });
  });
});

describe('a library too large for memory', () => {
  it('is told face by face: in outline, an embedding, or all of a person', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    await using store = await SqliteGalleryStore.open(path);
    await library.store(photo, 'chain', [face(0, 10), face(1, 200)]);
    await store.apply([ada, isAda('hash-1')]);
    const outline = await collected(library.outline());
    expect(outline).toMatchObject(
      (await collected(library.faces())).map(({ id, hash, cutout, personId, quality, embedding }) => ({
        id,
        hash,
        cutout,
        quality: quality.overall,
        embedder: embedding.model,
        ...(personId !== undefined && { personId }),
      })),
    );
    expect(new Set(outline.map(({ vectorKey }) => vectorKey)).size).toBe(2);
    expect((await library.vectors(['hash-1']))[0]).toEqual(Float32Array.of(0.6, 0.8));
    expect((await library.vectors(['nobody']))[0]).toBeUndefined();
    expect((await collected(library.faces({ personIds: ['p1'] }))).map(({ id }) => id)).toEqual(['hash-1']);
    // Searched again: other embeddings, other keys.
    await library.store(photo, 'another chain', [face(0, 10), face(1, 200)]);
    const keys = new Set(
      [...outline, ...(await collected(library.outline()))].map(({ vectorKey }) => vectorKey),
    );
    expect(keys.size).toBe(4);
  });

  it('counts changes, and remembers what it is told', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    await using store = await SqliteGalleryStore.open(path);
    const revisions = [await library.revision()];
    const changed = async (): Promise<boolean> =>
      revisions.push(await library.revision()) > 1 && revisions.at(-1) !== revisions.at(-2);
    await library.store(photo, 'chain', [face(0, 10)]);
    expect(await changed()).toBe(true);
    await store.apply([ada]);
    expect(await changed()).toBe(true);
    expect(await library.remove([])).toEqual([]);
    await library.setNote('faces-folder', '/elsewhere');
    expect(await changed()).toBe(false);
    expect(await library.note('faces-folder')).toBe('/elsewhere');
    expect(await library.note('nothing')).toBeUndefined();
    await library.remove([photo.path]);
    expect(await changed()).toBe(true);
  });

  it('knows the pitch of faces that an earlier version kept', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    const points = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 5, y: 4.8 },
      { x: 0, y: 20 },
      { x: 10, y: 20 },
    ];
    const seen = face(0, 10);
    await library.store(photo, 'chain', [
      { ...seen, detection: { ...seen.detection, landmarks: { scheme: '5', points } } },
    ]);
    const database = (await sqliteDriver()).open(path, 1000);
    database.exec("UPDATE photo_faces SET quality = json_remove(quality, '$.pitch')");
    database.close();
    expect((await collected(library.faces()))[0].quality.pitch).toBeCloseTo(26.565, 3);
  });
});

describe('people of photos', () => {
  it('are known to the gallery through the faces that the library keeps', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    await using store = await SqliteGalleryStore.open(path);
    await library.store(photo, 'chain', [face(0, 10), face(1, 200)]);
    await store.apply([ada, isAda('hash-0')]);
    expect((await collected(library.faces())).map(({ personId, by }) => [personId, by])).toEqual([
      ['p1', 'machine'],
      [undefined, undefined],
    ]);
    expect(await store.load()).toMatchObject({
      embedder: 'net',
      faces: [
        {
          id: 'hash-0',
          personId: 'p1',
          source: '/photos/a.jpg',
          quality: 0.625,
          kind: 'photo',
          by: 'machine',
          picture: 'hash',
        },
      ],
    });
    await store.apply([{ kind: 'remove-faces', faceIds: ['hash-0'] }]);
    expect((await store.load()).embedder).toBeUndefined();
    expect((await collected(library.faces())).map(({ personId }) => personId)).toEqual([
      undefined,
      undefined,
    ]);
    // What undo does.
    await store.apply([{ kind: 'move-faces', faceIds: ['hash-0'], personId: 'p1', by: 'user' }]);
    expect(await store.load()).toMatchObject({ embedder: 'net', faces: [{ id: 'hash-0', by: 'user' }] });
    await store.apply([{ kind: 'remove-person', personId: 'p1' }]);
    expect(await collected(library.faces())).toHaveLength(2);
  });

  it('stay who they are when other models find them at the same place in another order', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    await using store = await SqliteGalleryStore.open(path);
    await library.store(photo, 'chain', [face(0, 10), face(1, 200)]);
    await store.apply([ada, isAda('hash-0'), { kind: 'reject', pairs: [['p1', 'hash-1']] }]);
    await library.store(photo, 'other chain', [face(0, 205), face(1, 100), face(2, 12)]);
    expect((await collected(library.faces())).map(({ personId }) => personId)).toEqual([
      undefined,
      undefined,
      'p1',
    ]);
    expect((await store.load()).rejections).toEqual([['hash-0', 'p1']]);
  });

  it('leave no trace when they are forgotten, and are not taken up again', async () => {
    await using library = await SqlitePhotoLibrary.open(path);
    await using store = await SqliteGalleryStore.open(path);
    await library.store(photo, 'chain', [face(0, 10)]);
    const entry = { action: 'name unknown-1 "Ada Unmistakable"', people: ['p1'], undo: [] };
    await store.apply([ada, isAda('hash-0'), { kind: 'reject', pairs: [['hash-0', 'p2']] }], entry);
    await store.apply([{ kind: 'forget-people', personIds: ['p1'] }]);
    expect(await store.load()).toMatchObject({ people: [], faces: [], rejections: [] });
    expect(await collected(library.faces())).toEqual([]);
    expect(await library.forgotten('hash')).toEqual([{ x: 10, y: 10, width: 50, height: 60 }]);
    expect(await library.forgotten('another')).toEqual([]);
    for (const file of await readdir(folder)) {
      const bytes = await readFile(join(folder, file));
      expect(bytes.includes('Unmistakable'), file).toBe(false);
      expect(bytes.includes(Buffer.from(Float32Array.of(0.6, 0.8).buffer)), file).toBe(false);
    }
  });
});

describe('a file of the version before people had photos', () => {
  it('is brought up to date with everything in it', async () => {
    const old = (await sqliteDriver()).open(path, 1000);
    old.exec(`
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE gallery_faces (id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id)
        ON DELETE CASCADE, embedding BLOB NOT NULL, source TEXT NOT NULL, quality REAL NOT NULL);
      CREATE TABLE contents (hash TEXT PRIMARY KEY, chain TEXT NOT NULL, width INTEGER NOT NULL,
        height INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE photos (path TEXT PRIMARY KEY, hash TEXT NOT NULL REFERENCES contents (hash),
        size_bytes INTEGER NOT NULL, modified_ms REAL NOT NULL) WITHOUT ROWID;
      CREATE TABLE photo_faces (id TEXT PRIMARY KEY, hash TEXT NOT NULL REFERENCES contents (hash)
        ON DELETE CASCADE, place INTEGER NOT NULL, detection TEXT NOT NULL, quality TEXT NOT NULL,
        embedding BLOB NOT NULL, norm REAL NOT NULL, embedder TEXT NOT NULL, cutout TEXT NOT NULL,
        aligned TEXT NOT NULL);
      INSERT INTO meta VALUES ('embedder', 'net');
      INSERT INTO people VALUES ('p1', 'Ada');
      INSERT INTO gallery_faces VALUES ('f1', 'p1', x'0000803f00000000', 'a.jpg', 0.5);
      INSERT INTO contents VALUES ('hash', 'chain', 300, 200);
      INSERT INTO photos VALUES ('/photos/a.jpg', 'hash', 1, 2);
      INSERT INTO photo_faces VALUES ('hash-0', 'hash', 0, '{"box":{"x":1,"y":1,"width":9,"height":9},"score":1}',
        '{"overall":0.5}', x'0000803f00000000', 1, 'net', 'c.jpg', 'a.jpg');
      PRAGMA application_id = ${0x46525354};
      PRAGMA user_version = 2;`);
    old.close();
    await using store = await SqliteGalleryStore.open(path);
    await using library = await SqlitePhotoLibrary.open(path);
    expect(await store.load()).toEqual({
      embedder: 'net',
      people: [{ id: 'p1', name: 'Ada' }],
      faces: [{ id: 'f1', personId: 'p1', vector: Float32Array.of(1, 0), source: 'a.jpg', quality: 0.5 }],
      rejections: [],
      labels: 0,
    });
    expect(await collected(library.faces())).toMatchObject([{ id: 'hash-0', cutout: 'c.jpg' }]);
    expect(await store.history()).toEqual([]);
  });
});
