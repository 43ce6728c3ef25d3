import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { databaseFacts, makeFolder } from '@fr-stream/backend-node';
import { GalleryError } from '@fr-stream/core';
import { openSql, type SqlDatabase } from './sql.js';

/** Steps from one version of the schema to the next; a released step is never changed. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     gallery TEXT NOT NULL,
     camera TEXT NOT NULL,
     type TEXT NOT NULL,
     person TEXT,
     at_ms INTEGER NOT NULL,
     body TEXT NOT NULL
   );
   CREATE INDEX events_by_camera ON events (camera, seq);
   CREATE INDEX events_by_gallery ON events (gallery, seq);
   CREATE INDEX events_by_person ON events (person, seq);
   CREATE INDEX events_by_time ON events (at_ms);
   CREATE TABLE stays (
     id TEXT PRIMARY KEY,
     camera TEXT NOT NULL,
     body TEXT NOT NULL,
     last_ms INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE sinks (name TEXT PRIMARY KEY, start_seq INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE cursors (
     sink TEXT NOT NULL,
     camera TEXT NOT NULL,
     seq INTEGER NOT NULL,
     PRIMARY KEY (sink, camera)
   ) WITHOUT ROWID;
   CREATE TABLE cameras (id TEXT PRIMARY KEY, gallery TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     hash TEXT NOT NULL UNIQUE,
     role TEXT NOT NULL,
     galleries TEXT,
     created_ms INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE sessions (
     hash TEXT PRIMARY KEY,
     key_id TEXT NOT NULL,
     csrf TEXT NOT NULL,
     expires_ms INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE jobs (
     id TEXT PRIMARY KEY,
     gallery TEXT NOT NULL,
     state TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     body TEXT NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX jobs_by_time ON jobs (created_ms);`,
  // Bodies may be sealed: what is asked of them stands in columns of its own.
  `ALTER TABLE events ADD COLUMN stay TEXT;
   ALTER TABLE events ADD COLUMN label TEXT;
   ALTER TABLE events ADD COLUMN best INTEGER NOT NULL DEFAULT 0;
   UPDATE events SET stay = body ->> '$.stay', label = body ->> '$.label',
     best = body ->> '$.bestShot' IS NOT NULL;
   CREATE INDEX events_by_stay ON events (stay);
   CREATE INDEX events_by_label ON events (gallery, label, seq) WHERE label IS NOT NULL;`,
];

const APPLICATION_ID = 0x46525356;
export const SERVER_SCHEMA = MIGRATIONS.length;

/**
 * Opens the server's database, or makes it. An older one is copied to `PATH.v1.bak` (and so on) before it is brought
 * forward.
 * @throws GalleryError (GALLERY_INVALID) when it is another program's or a newer version's.
 */
export async function openServerDatabase(path: string): Promise<SqlDatabase> {
  await makeFolder(dirname(path), 0o700);
  const database = await openSql(path);
  try {
    await chmod(path, 0o600);
    const { version, application, tables } = databaseFacts(database);
    if (tables > 0 && application !== APPLICATION_ID) {
      throw new GalleryError('GALLERY_INVALID', `${path}: it is a database of another program.`, {
        hint: 'Name another folder under "data".',
      });
    }
    if (version > SERVER_SCHEMA) {
      throw new GalleryError('GALLERY_INVALID', `${path}: it was made by a newer version.`, {
        hint: 'Update fr-stream.',
      });
    }
    database.pragma('journal_mode = WAL');
    // A killed process loses nothing so; a machine that loses power may lose the last moment, but no consistency.
    database.pragma('synchronous = NORMAL');
    database.pragma('secure_delete = ON');
    if (version < SERVER_SCHEMA) await migrate(path, database, version);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function migrate(path: string, database: SqlDatabase, version: number): Promise<void> {
  if (version > 0) {
    const backup = `${path}.v${version}.bak`;
    if (existsSync(backup)) await rm(backup);
    database.exec(`VACUUM INTO '${backup.replaceAll("'", "''")}'`);
    await chmod(backup, 0o600);
  }
  database
    .transaction(() => {
      // Not as it was before this process had the lock.
      const now = Number(database.pragma('user_version'));
      for (const sql of MIGRATIONS.slice(now)) database.exec(sql);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${SERVER_SCHEMA}`);
    })
    .immediate();
}
