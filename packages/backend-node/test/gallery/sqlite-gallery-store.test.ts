import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { MemoryGalleryStore } from '@fr-stream/core';
import type { GalleryStore } from '@fr-stream/core';
import { galleryStoreConformance } from '@fr-stream/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteGalleryStore, sqliteDriver } from '../../src/index.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-gallery-'));
  path = join(folder, 'deep', 'er', 'gallery.db');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('SqliteGalleryStore keeps the contract', () => {
  const make = (): Promise<GalleryStore> => SqliteGalleryStore.open(path);
  for (const check of galleryStoreConformance({ make, reopen: make })) it(check.name, check.run);
});

describe('the suite also holds for a gallery in memory', () => {
  const make = (): Promise<GalleryStore> => Promise.resolve(new MemoryGalleryStore());
  for (const check of galleryStoreConformance({ make })) it(check.name, check.run);
});

const ada = { kind: 'add-person', person: { id: 'p1', name: 'Ada' } } as const;
const adasFace = {
  kind: 'add-faces',
  embedder: 'net',
  faces: [{ id: 'f1', personId: 'p1', vector: Float32Array.of(0.6, 0.8), source: 'a.jpg', quality: 1 }],
} as const;

async function filled(): Promise<void> {
  await using store = await SqliteGalleryStore.open(path);
  await store.apply([ada, adasFace]);
}

describe('SqliteGalleryStore', () => {
  it('leaves one file behind, with vectors as little-endian floats', async () => {
    await filled();
    expect(await readdir(join(path, '..'))).toEqual(['gallery.db']);
    const database = (await sqliteDriver()).open(path, 1000);
    const blob = database.prepare<[], Uint8Array>('SELECT embedding FROM gallery_faces').pluck().get();
    database.close();
    // IEEE 754: 0.6 is 0x3f19999a, 0.8 is 0x3f4ccccd.
    expect(Buffer.from(blob ?? [])).toEqual(Buffer.from([0x9a, 0x99, 0x19, 0x3f, 0xcd, 0xcc, 0x4c, 0x3f]));
  });

  it('leaves no trace of who was removed in the file', async () => {
    await using store = await SqliteGalleryStore.open(path);
    const name = 'Ada Unmistakable Lovelace';
    await store.apply([{ kind: 'add-person', person: { id: 'p1', name } }, adasFace]);
    await store.apply([{ kind: 'remove-person', personId: 'p1' }]);
    for (const file of await readdir(join(path, '..'))) {
      const bytes = await readFile(join(path, '..', file));
      expect(bytes.includes('Unmistakable'), file).toBe(false);
      expect(bytes.includes(Buffer.from([0x9a, 0x99, 0x19, 0x3f])), file).toBe(false);
    }
  });

  const failure = async (action: (store: SqliteGalleryStore) => Promise<unknown>): Promise<unknown> => {
    try {
      await using store = await SqliteGalleryStore.open(path);
      return await action(store);
    } catch (error) {
      return error;
    }
  };

  it('refuses a file that is no gallery', async () => {
    path = join(folder, 'gallery.db');
    await writeFile(path, 'This is a letter, not a database. '.repeat(100));
    const before = await readFile(path);
    for (const action of [(s: SqliteGalleryStore) => s.load(), (s: SqliteGalleryStore) => s.apply([ada])]) {
      expect(await failure(action)).toMatchObject({
        code: 'GALLERY_INVALID',
        message: expect.stringContaining(path) as unknown,
        hint: expect.stringContaining('another file') as unknown,
      });
    }
    expect(await readFile(path)).toEqual(before);
  });

  it('refuses a file of one byte, which SQLite takes for an empty one', async () => {
    await writeFile(join(folder, 'one.jpg'), 'x');
    await expect(SqliteGalleryStore.open(join(folder, 'one.jpg'))).rejects.toThrow('no gallery');
    expect(await readFile(join(folder, 'one.jpg'), 'utf8')).toBe('x');
  });

  it("refuses another program's database, and leaves it alone", async () => {
    path = join(folder, 'other.db');
    const other = (await sqliteDriver()).open(path, 1000);
    other.exec('CREATE TABLE songs (title TEXT)');
    other.close();
    const before = await readFile(path);
    expect(await failure((store) => store.apply([ada]))).toMatchObject({
      code: 'GALLERY_INVALID',
      message: expect.stringContaining('another program') as unknown,
    });
    expect(await readFile(path)).toEqual(before);
  });

  it('refuses a newer version', async () => {
    await filled();
    const database = (await sqliteDriver()).open(path, 1000);
    database.pragma('user_version = 999');
    database.close();
    expect(await failure((store) => store.load())).toMatchObject({
      code: 'GALLERY_INVALID',
      message: expect.stringContaining('newer') as unknown,
      hint: 'Update fr-stream.',
    });
  });

  it('refuses a folder and a damaged file', async () => {
    await filled();
    const bytes = await readFile(path);
    bytes.fill(0xa5, 4096, 3 * 4096);
    await writeFile(path, bytes);
    expect(await failure((store) => store.load())).toMatchObject({ code: 'GALLERY_INVALID' });
    path = folder;
    expect(await failure((store) => store.load())).toMatchObject({
      code: 'GALLERY_INVALID',
      message: expect.stringContaining('folder') as unknown,
    });
  });

  it('reads thousands of people and faces to the last bit, whatever they are called, and tells of one bit that changed', async () => {
    const odd = ['"', '\\', '\n', '\u0001 and on', '\u2028', '\u{1f9d1}', 'é', 'null', '[]', ''];
    // More than are read at once.
    const people = Array.from({ length: 2_003 }, (_, i) => ({
      id: `p${i}`,
      name: `${odd[i % odd.length] ?? ''}${i}`,
    }));
    const faces = people.map(({ id, name }, i) => {
      return {
        id: `f${i}`,
        personId: id,
        source: name,
        quality: Math.sqrt(i / 2_003),
        vector: Float32Array.of(1, 0),
      };
    });
    await using store = await SqliteGalleryStore.open(path);
    const added = people.map((person) => ({ kind: 'add-person', person }) as const);
    await store.apply([...added, { kind: 'add-faces', embedder: 'net', faces }]);
    const outline = await store.outline();
    const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
    expect(outline.people).toEqual([...people].sort(byId));
    expect(outline.faces).toEqual(faces.map(({ vector: _, ...face }) => face).sort(byId));
    const database = (await sqliteDriver()).open(path, 1000);
    database.exec("UPDATE gallery_faces SET quality = quality + 2e-16 WHERE id = 'f2002'");
    database.close();
    await expect(store.outline()).rejects.toMatchObject({ code: 'GALLERY_INVALID' });
  });

  it('says so when another process encrypts the file meanwhile', async () => {
    await filled();
    await using before = await SqliteGalleryStore.open(path);
    const key = { bytes: new Uint8Array(32).fill(7) };
    await using sealed = await SqliteGalleryStore.open(path, { key, encrypt: true });
    expect((await sealed.outline()).people).toEqual([{ id: 'p1', name: 'Ada' }]);
    await expect(before.outline()).rejects.toThrow('it was encrypted meanwhile');
  });

  it('refuses vectors that are no vectors', async () => {
    await filled();
    const database = (await sqliteDriver()).open(path, 1000);
    database.exec("UPDATE gallery_faces SET embedding = x'010203'");
    database.close();
    expect(await failure((store) => store.load())).toMatchObject({ code: 'GALLERY_INVALID' });
  });

  it('names a place where no file can be made', async () => {
    await writeFile(join(folder, 'file'), '');
    path = join(folder, 'file', 'gallery.db');
    expect(await failure((store) => store.apply([ada]))).toMatchObject({ code: 'GALLERY_INVALID' });
  });
});

describe('two processes', () => {
  const child = fileURLToPath(new URL('add-people-in-child.mjs', import.meta.url));
  const start = (prefix: string, count: number) =>
    spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@fr-stream/source', child, path, prefix, String(count)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );

  it('write to one gallery, made by whoever comes first, and lose nothing', async () => {
    const children = [start('a', 100), start('b', 100), start('c', 100)];
    await Promise.all(
      children.map(async (process) => {
        const ended = once(process, 'exit');
        await text(process.stdout);
        expect(await ended).toEqual([0, null]);
      }),
    );
    await using store = await SqliteGalleryStore.open(path);
    const { people, faces } = await store.load();
    expect([people.length, faces.length]).toEqual([300, 300]);
  });

  it('keep all that a killed one had applied', async () => {
    const victim = start('a', 100_000);
    let printed = '';
    await new Promise<void>((resolve) => {
      victim.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.split('\n').length > 50) resolve();
      });
    });
    victim.kill('SIGKILL');
    await new Promise((resolve) => victim.once('exit', resolve));
    const told = printed.split('\n').length - 1;
    await using store = await SqliteGalleryStore.open(path);
    const { people, faces } = await store.load();
    expect(people.length).toBeGreaterThanOrEqual(told);
    expect(faces.length).toBe(people.length);
  });
});
