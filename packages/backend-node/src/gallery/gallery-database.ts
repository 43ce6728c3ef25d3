import { constants, statfsSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, open as openFile, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeFolder } from '@fr-stream/model-files';
import { FrStreamError, GalleryError, messageOf } from '@fr-stream/core';
import { sqliteDriver } from '../sqlite/choose-driver.js';
import { databaseFacts } from '../sqlite/database-facts.js';
import type { SqliteDatabase, SqliteDriver } from '../sqlite/sqlite-driver.js';
import { sqliteFailure, type SqliteFailure } from '../sqlite/sqlite-failure.js';
import type { Vault } from '../vault/vault.js';
import { backupBefore } from './backup-before.js';
import { galleryVault, type GalleryKey } from './gallery-vault.js';
import { changedPhotoFaces } from './photo-face-sums.js';
import { damaged } from './row-sums.js';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.js';

/** How long a process waits for another that writes. */
const BUSY_MS = 10_000;
/** Files up to this size are checked, indexes too, whenever they are opened, which takes some milliseconds. */
const CHECKED_BYTES = 4 * 2 ** 20;
/** After an unclean end. Larger ones are left to `gallery check`; embeddings and names are checked as they are read. */
const CHECKED_BYTES_UNCLEAN = 256 * 2 ** 20;

function invalid(path: string, reason: string, hint: string, cause?: unknown): GalleryError {
  return new GalleryError('GALLERY_INVALID', `${path}: ${reason}`, { hint, cause });
}

/** What SQLite says, in terms of the user's file. */
export function explain(path: string, error: unknown): FrStreamError {
  if (FrStreamError.isInstance(error)) return error;
  const [reason, hint] = reasonOf(failureOf(path, error));
  return invalid(path, reason ?? messageOf(error), hint, error);
}

/** SQLite calls a full disk an error of input or output where it is its shared memory that finds no room. */
function failureOf(path: string, error: unknown): SqliteFailure | undefined {
  const failure = sqliteFailure(error);
  return failure === 'IOERR' && isFull(dirname(path)) ? 'FULL' : failure;
}

function isFull(folder: string): boolean {
  try {
    // The superuser may also use what is reserved.
    const { bavail, bfree } = statfsSync(folder);
    return (process.getuid?.() === 0 ? bfree : bavail) === 0;
  } catch {
    return false;
  }
}

/** A gallery that cannot be opened for one of these reasons can still be read from a copy. */
const READABLE: readonly (SqliteFailure | undefined)[] = ['READONLY', 'CANTOPEN', 'PERM', 'FULL'];

const ANOTHER = 'Name another file with --gallery, or restore a copy.';

function reasonOf(failure: SqliteFailure | undefined): readonly [reason: string | undefined, hint: string] {
  switch (failure) {
    case 'NOTADB':
    case 'CORRUPT':
      return ['it is no gallery, or it is damaged.', ANOTHER];
    case 'READONLY':
    case 'CANTOPEN':
    case 'PERM':
      return ['it cannot be opened for writing.', 'Check the permissions of the file and its folder.'];
    case 'BUSY':
      return ['another process keeps it locked.', 'Wait for the other run to end and try again.'];
    case 'FULL':
      return ['the disk is full.', 'Free some space and try again.'];
    case 'IOERR':
      return ['the disk cannot be read or written.', 'Check the disk and its free space, and try again.'];
    case undefined:
      return [undefined, ANOTHER];
  }
}

/** An open gallery file. */
export interface OpenGalleryFile {
  /** Absolute. */
  readonly path: string;
  readonly database: SqliteDatabase;
  /** Seals what shows who somebody is or what they look like. */
  readonly vault: Vault;
  /** The file cannot be written, and `database` is a copy of it. */
  readonly readOnly: boolean;
  /** @throws GalleryError (GALLERY_INVALID) that says why the file cannot be written. */
  requireWritable(): void;
  close(): Promise<void>;
}

/**
 * Opens the gallery file, or makes it (and its folder), and brings it up to date. A file that can be read but not
 * written, as its disk is full too, is read from a copy, as SQLite writes beside what it reads.
 * @throws GalleryError (GALLERY_INVALID) when it is no gallery, was made by a newer version, is damaged, cannot be read
 * or made, or is encrypted with another key.
 */
export async function openGalleryDatabase(file: string, key: GalleryKey = {}): Promise<OpenGalleryFile> {
  const path = resolve(file);
  const driver = await sqliteDriver();
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) {
    throw invalid(path, 'it is no regular file.', 'Name a file, such as gallery.db.');
  }
  if (stats?.isDirectory() === true) {
    throw invalid(path, 'it is a folder.', 'Name a file in it, such as gallery.db.');
  }
  // SQLite takes one byte for none: such a file of the user would become a gallery.
  if (stats?.size === 1) throw invalid(path, 'it is no gallery, or it is damaged.', ANOTHER);
  let created = false;
  let folder: string | undefined;
  try {
    folder = await makeFolder(dirname(path), 0o700);
    // Faces and names are their owner's alone; what SQLite writes beside the file gets the file's access rights.
    if (stats === undefined) created = await makeEmpty(path);
    const database = await openPatiently(driver, path, path);
    return {
      path,
      database,
      vault: vaultOf(path, database, key),
      readOnly: false,
      requireWritable: () => undefined,
      close: async () => database.close(),
    };
  } catch (error) {
    if (created) await removeEmpty(driver, path);
    if (folder !== undefined) await removeFolders(dirname(path), folder);
    const mayBeRead = READABLE.includes(failureOf(path, error));
    if (stats === undefined || !mayBeRead) throw explain(path, error);
    return await openCopy(driver, path, explain(path, error), key);
  }
}

/** The vault, or the database is closed. */
function vaultOf(path: string, database: SqliteDatabase, key: GalleryKey): Vault {
  try {
    return galleryVault(path, database, key);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @returns false when somebody else has just made it. */
async function makeEmpty(path: string): Promise<boolean> {
  try {
    await (await openFile(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a file that came to hold nothing, such as on a full disk, unless another process has it locked. */
async function removeEmpty(driver: SqliteDriver, path: string): Promise<void> {
  try {
    const database = driver.open(path, 0);
    try {
      // There is no room for a journal.
      database.exec('PRAGMA journal_mode = MEMORY');
      database.exec('BEGIN EXCLUSIVE');
      if ((await stat(path)).size === 0)
        for (const ending of ['', '-wal', '-shm', '-journal']) await rm(`${path}${ending}`, { force: true });
    } finally {
      database.close();
    }
  } catch {
    // It stays, empty: the next run uses it.
  }
}

/** Removes a folder and those above it up to `last`, as far as nothing is in them. */
async function removeFolders(folder: string, last: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!removed || at === resolve(last)) return;
  }
}

/** Opens a copy, in the user's folder for temporary files, of a gallery that cannot be written. */
async function openCopy(
  driver: SqliteDriver,
  path: string,
  reason: FrStreamError,
  key: GalleryKey,
): Promise<OpenGalleryFile> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-gallery-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'gallery.db');
    await copyFile(path, copy, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
      throw invalid(path, 'it cannot be read.', 'Check the permissions of the file and its folder.', error);
    });
    // What was not written back yet when the gallery was last in use.
    await copyFile(`${path}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o600);
    const database = await openPatiently(driver, copy, path);
    return {
      path,
      database,
      vault: vaultOf(path, database, { ...key, encrypt: false }),
      readOnly: true,
      requireWritable: () => {
        throw reason;
      },
      close: async () => {
        database.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw explain(path, error);
  }
}

/**
 * Opens a database. Of two processes that do so while it does not exist yet, one finds it locked at once: SQLite does
 * not wait where it changes the journal's mode.
 * @param name of the file that the user knows.
 */
async function openPatiently(driver: SqliteDriver, path: string, name: string): Promise<SqliteDatabase> {
  const end = performance.now() + BUSY_MS;
  for (;;) {
    try {
      return await openOnce(driver, path, name);
    } catch (error) {
      if (sqliteFailure(error) !== 'BUSY' || performance.now() > end) throw error;
      await setTimeout(10 + 40 * Math.random());
    }
  }
}

async function openOnce(driver: SqliteDriver, path: string, name: string): Promise<SqliteDatabase> {
  // After a clean end nothing is left there; a process that has the gallery open, or was killed, leaves something.
  const left = await stat(`${path}-wal`).catch(() => undefined);
  const database = driver.open(path, BUSY_MS);
  try {
    check(name, database);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    // Who is removed is overwritten in the file, not just unlinked.
    database.pragma('secure_delete = ON');
    const version = Number(database.pragma('user_version'));
    if (version > 0 && version < SCHEMA_VERSION && path === name) await backupBefore(path, database, version);
    if (version < SCHEMA_VERSION) migrate(database);
    const size = (await stat(path)).size;
    if (size <= CHECKED_BYTES || ((left?.size ?? 0) > 0 && size <= CHECKED_BYTES_UNCLEAN)) {
      // The quick one takes what indexes say on trust, and by them faces of photos are found.
      const problem = database.pragma(size <= CHECKED_BYTES ? 'integrity_check(1)' : 'quick_check(1)');
      if (problem !== 'ok') throw damaged(name, String(problem));
      // What a row says of another one: a changed reference would give a face another photo, or none.
      const [stray] = database.prepare<[], { readonly table: string }>('PRAGMA foreign_key_check').all();
      if (stray !== undefined) throw damaged(name, `a row of ${stray.table} refers to nothing`);
      for (const id of changedPhotoFaces(database)) throw damaged(name, `the photo face ${id}`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** To be called in each transaction that changes people or photos. */
export function countChange(database: SqliteDatabase): void {
  database
    .prepare(
      `INSERT INTO meta (key, value) VALUES ('revision', '1')
       ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
    )
    .run();
}

/** To be called in each transaction that changes people, or the faces of people. */
export function countPeopleChange(database: SqliteDatabase): void {
  database
    .prepare(
      `INSERT INTO meta (key, value) VALUES ('people_version', '1')
       ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
    )
    .run();
}

/** See `GalleryStore.version`. */
export function peopleVersion(database: SqliteDatabase): number {
  const value = database
    .prepare<[], string>("SELECT value FROM meta WHERE key = 'people_version'")
    .pluck()
    .get();
  return Number(value ?? 0);
}

/** @throws GalleryError when the file is another program's database or was made by a newer version. */
function check(path: string, database: SqliteDatabase): void {
  const { version, application, tables } = databaseFacts(database);
  if (tables > 0 && application !== APPLICATION_ID) {
    throw invalid(path, 'it is a database of another program.', 'Name another file with --gallery.');
  }
  if (version > SCHEMA_VERSION) {
    throw invalid(
      path,
      `it was made by a newer version (schema ${version}, this one knows ${SCHEMA_VERSION}).`,
      'Update fr-stream.',
    );
  }
}
