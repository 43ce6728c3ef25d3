import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import type * as FsPromises from 'node:fs/promises';
import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SqliteGalleryStore, SqlitePhotoLibrary, SqliteVideoLibrary } from '@fr-stream/backend-node';
import { Gallery } from '@fr-stream/core';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { backupCommand } from '../src/commands/library-backup.js';
import { restoreCommand } from '../src/commands/library-restore.js';
import { runCli } from './run-cli.js';

/** A disk that will not let a new file get its name; one that was there before may come back. */
const cannot = vi.hoisted((): { arriveAt: string | undefined } => ({ arriveAt: undefined }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FsPromises>();
  return {
    ...real,
    rename: (from: string, to: string) =>
      to === cannot.arriveAt && !from.includes('old-')
        ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
        : real.rename(from, to),
  };
});

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), 'backup-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let gallery: string;
const at = (name: string): string => join(folder, name);
const quiet = { json: true } as const;

/** A gallery that knows somebody, with a cut-out beside it. */
beforeEach(async () => {
  folder = mkdtempSync(join(root, 'case-'));
  gallery = at('g.db');
  process.env.XDG_DATA_HOME = at('data');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await enrolled(gallery, 'Ada');
  await mkdir(at('g-faces/cutouts'), { recursive: true });
  await writeFile(at('g-faces/cutouts/a.jpg'), 'a face');
});

async function enrolled(path: string, name: string): Promise<void> {
  await using store = await SqliteGalleryStore.open(path);
  await using people = await Gallery.open(store, { createId: randomUUID });
  const vector = name === 'Ada' ? new Float32Array([1, 0, 0, 0]) : new Float32Array([0, 1, 0, 0]);
  await people.enroll(name, [{ embedding: { vector, norm: 20, model: 'm' }, source: 'a.jpg', quality: 1 }]);
}

async function names(path: string): Promise<readonly string[]> {
  await using store = await SqliteGalleryStore.open(path);
  // A store has them by their ids, which are random.
  return (await store.load()).people.map(({ name }) => name).sort();
}

/** Nothing of the work is left in the folder. */
const others = (): readonly string[] => readdirSync(folder).filter((name) => /fr-stream|part/.test(name));

describe('a backup', () => {
  it('is never the gallery that it is made of, nor what belongs to it', async () => {
    const before = readFileSync(gallery);
    symlinkSync('g.db', at('link.tar'));
    for (const target of ['g.db', 'link.tar', 'g-faces/cutouts/a.jpg', 'g-faces/backup.tar'])
      await expect(backupCommand(at(target), { gallery, overwrite: true })).rejects.toThrow('write over');
    expect(readFileSync(gallery)).toEqual(before);
    expect(readFileSync(at('g-faces/cutouts/a.jpg'), 'utf8')).toBe('a face');
    expect(others()).toEqual([]);
  });

  it('is no photo or video of the library, nor an archive of photos', async () => {
    const record = { width: 8, height: 8, sizeBytes: 6, modifiedMs: 0 };
    {
      await using library = await SqlitePhotoLibrary.open(gallery);
      for (const [i, name] of ['a.jpg', 'old.tar!/b.jpg'].entries())
        await library.store({ ...record, path: at(name), hash: `h${i}` }, 'chain', []);
      await using videos = await SqliteVideoLibrary.open(gallery);
      const video = { path: at('v.mp4'), hash: 'v', sizeBytes: 5, modifiedMs: 0, width: 8, height: 8 };
      await videos.storeVideo({ ...video, durationMs: 1000 }, 'chain', []);
    }
    for (const name of ['a.jpg', 'old.tar', 'v.mp4']) {
      await writeFile(at(name), 'of the user');
      await expect(backupCommand(at(name), { gallery, overwrite: true })).rejects.toThrow(
        'write over a photo or video of the library',
      );
      expect(readFileSync(at(name), 'utf8')).toBe('of the user');
    }
  });

  it('leaves a file that is there alone, and a link a link', async () => {
    await writeFile(at('mine.tar'), 'mine');
    await expect(backupCommand(at('mine.tar'), { gallery })).rejects.toThrow('there already');
    expect(await readFile(at('mine.tar'), 'utf8')).toBe('mine');
    await mkdir(at('disk'));
    symlinkSync('disk/real.tar', at('link.tar'));
    await backupCommand(at('link.tar'), { gallery, ...quiet });
    expect((await lstat(at('link.tar'))).isSymbolicLink()).toBe(true);
    expect(statSync(at('disk/real.tar')).mode & 0o777).toBe(0o600);
    expect(others()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('goes through a FIFO as it would into a file', async () => {
    await run('mkfifo', [at('pipe')]);
    const reader = run('sh', ['-c', `cat '${at('pipe')}' > '${at('read.tar')}'`]);
    await backupCommand(at('pipe'), { gallery, ...quiet });
    await reader;
    expect((await lstat(at('pipe'))).isFIFO()).toBe(true);
    await restoreCommand(at('read.tar'), { gallery: at('new/g.db'), ...quiet });
    expect(await names(at('new/g.db'))).toEqual(['Ada']);
    expect(readFileSync(at('new/g-faces/cutouts/a.jpg'), 'utf8')).toBe('a face');
  });
});

describe('a restored gallery', () => {
  it('is its owner\u2019s alone, whatever the backup says', async () => {
    await chmod(at('g-faces/cutouts/a.jpg'), 0o644);
    await chmod(at('g-faces'), 0o777);
    await backupCommand(at('b.tar'), { gallery, ...quiet });
    await restoreCommand(at('b.tar'), { gallery: at('new/g.db'), ...quiet });
    const modes = ['new', 'new/g.db', 'new/g-faces', 'new/g-faces/cutouts', 'new/g-faces/cutouts/a.jpg'];
    expect(modes.map((name) => (statSync(at(name)).mode & 0o777).toString(8))).toEqual([
      ...['700', '600', '700', '700', '600'],
    ]);
  });

  it('takes the place of what was there only when asked', async () => {
    await backupCommand(at('b.tar'), { gallery, ...quiet });
    await enrolled(gallery, 'Later');
    await expect(restoreCommand(at('b.tar'), { gallery })).rejects.toThrow('there already');
    await mkdir(at('g-index'));
    await restoreCommand(at('b.tar'), { gallery, overwrite: true, ...quiet });
    expect(await names(gallery)).toEqual(['Ada']);
    // It would be of other faces.
    expect(existsSync(at('g-index'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('takes the place of nothing but a gallery, whatever it is told', async () => {
    await backupCommand(at('b.tar'), { gallery, ...quiet });
    await writeFile(at('party.mp4'), 'the only copy of a video');
    await mkdir(at('away-faces'));
    await writeFile(at('away-faces/ada.jpg'), 'a photo of hers');
    const before = readFileSync(at('b.tar'));
    for (const name of ['party.mp4', 'b.tar', 'away.db'])
      await expect(
        restoreCommand(at('b.tar'), { gallery: at(name), overwrite: true }),
        name,
      ).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(readFileSync(at('party.mp4'), 'utf8')).toBe('the only copy of a video');
    expect(readFileSync(at('away-faces/ada.jpg'), 'utf8')).toBe('a photo of hers');
    expect(readFileSync(at('b.tar')).equals(before)).toBe(true);
  });

  it('says that a backup is cut short', async () => {
    await backupCommand(at('b.tar'), { gallery, ...quiet });
    await writeFile(at('cut.tar'), (await readFile(at('b.tar'))).subarray(0, 9000));
    await expect(restoreCommand(at('cut.tar'), { gallery: at('new.db') })).rejects.toThrow(/cut short\.$/);
    expect(existsSync(at('new.db'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('leaves nothing when it is ended before its time', async () => {
    await run('mkfifo', [at('pipe')]);
    const begun = (): string | undefined => readdirSync(folder).find((name) => name.startsWith('.fr-stream'));
    let signal: string | null = null;
    await runCli(['library', 'restore', at('pipe'), '--gallery', at('new.db')], {
      onStart: (child) => {
        const look = setInterval(() => begun() !== undefined && child.kill('SIGTERM'), 20);
        child.on('exit', (_code, by) => {
          signal = by;
          clearInterval(look);
        });
      },
    });
    expect(signal).toBe('SIGTERM');
    expect(begun()).toBeUndefined();
    expect(existsSync(at('new.db'))).toBe(false);
  });

  it('leaves all as it was when a part of it cannot be put in place', async () => {
    await backupCommand(at('b.tar'), { gallery, ...quiet });
    await enrolled(gallery, 'Later');
    await writeFile(at('g-faces/cutouts/later.jpg'), 'another');
    for (const place of [gallery, at('g-faces')]) {
      cannot.arriveAt = place;
      await expect(restoreCommand(at('b.tar'), { gallery, overwrite: true })).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
      });
      cannot.arriveAt = undefined;
      expect(await names(gallery)).toEqual(['Ada', 'Later']);
      expect(readdirSync(at('g-faces/cutouts')).sort()).toEqual(['a.jpg', 'later.jpg']);
      expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    }
  });
});
