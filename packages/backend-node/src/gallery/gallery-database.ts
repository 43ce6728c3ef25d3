import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FrStreamError, GalleryError, messageOf } from '@fr-stream/core';
import { sqliteDriver } from '../sqlite/choose-driver.js';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { sqliteFailure, type SqliteFailure } from '../sqlite/sqlite-failure.js';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.js';

/** How long a process waits for another that writes. */
const BUSY_MS = 10_000;

function invalid(path: string, reason: string, hint: string, cause?: unknown): GalleryError {
  return new GalleryError('GALLERY_INVALID', `${path}: ${reason}`, { hint, cause });
}

/** What SQLite says, in terms of the user's file. */
export function explain(path: string, error: unknown): FrStreamError {
  if (FrStreamError.isInstance(error)) return error;
  const [reason, hint] = reasonOf(sqliteFailure(error));
  return invalid(path, reason ?? messageOf(error), hint, error);
}

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

/**
 * Opens the gallery file, or makes it (and its folder), and brings it up to date.
 * @throws GalleryError (GALLERY_INVALID) when it is no gallery, was made by a newer version, or cannot be written.
 */
export async function openGalleryDatabase(
  file: string,
): Promise<{ readonly path: string; readonly database: SqliteDatabase }> {
  const path = resolve(file);
  const driver = await sqliteDriver();
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() === true) {
    throw invalid(path, 'it is a folder.', 'Name a file in it, such as gallery.db.');
  }
  let database: SqliteDatabase | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    database = driver.open(path, BUSY_MS);
    check(path, database);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    // Who is removed is overwritten in the file, not just unlinked.
    database.pragma('secure_delete = ON');
    if (Number(database.pragma('user_version')) < SCHEMA_VERSION) migrate(database);
    return { path, database };
  } catch (error) {
    database?.close();
    throw explain(path, error);
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

/** @throws GalleryError when the file is another program's database or was made by a newer version. */
function check(path: string, database: SqliteDatabase): void {
  const version = Number(database.pragma('user_version'));
  const application = Number(database.pragma('application_id'));
  const tables =
    database.prepare<[], { count: number }>('SELECT count(*) AS count FROM sqlite_master').get()?.count ?? 0;
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
