import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  GalleryError,
  messageOf,
  type GalleryChange,
  type GalleryFaceRecord,
  type GallerySnapshot,
  type GalleryStore,
  type PersonRecord,
} from '@fr-stream/core';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.js';
import { fromBlob, toBlob } from './vector-blob.js';

/** How long a process waits for another that writes. */
const BUSY_MS = 10_000;

interface FaceRow {
  readonly id: string;
  readonly person_id: string;
  readonly embedding: Buffer;
  readonly source: string;
  readonly quality: number;
}

function invalid(path: string, reason: string, hint: string, cause?: unknown): GalleryError {
  return new GalleryError('GALLERY_INVALID', `${path}: ${reason}`, { hint, cause });
}

/** What SQLite says, in terms of the user's file. */
export function explain(path: string, error: unknown): GalleryError {
  if (error instanceof GalleryError) return error;
  const code = error instanceof SqliteDatabase.SqliteError ? error.code : '';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return invalid(
      path,
      'it is no gallery, or it is damaged.',
      'Name another file with --gallery, or restore a copy.',
      error,
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return invalid(
      path,
      'it cannot be opened for writing.',
      'Check the permissions of the file and its folder.',
      error,
    );
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return invalid(
      path,
      'another process keeps it locked.',
      'Wait for the other run to end and try again.',
      error,
    );
  }
  if (code === 'SQLITE_FULL')
    return invalid(path, 'the disk is full.', 'Free some space and try again.', error);
  return invalid(path, messageOf(error), 'Name another file with --gallery, or restore a copy.', error);
}

/**
 * Opens the gallery file, or makes it (and its folder), and brings it up to date.
 * @throws GalleryError (GALLERY_INVALID) when it is no gallery, was made by a newer version, or cannot be written.
 */
export async function openGalleryDatabase(
  file: string,
): Promise<{ readonly path: string; readonly database: Database }> {
  const path = resolve(file);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() === true) {
    throw invalid(path, 'it is a folder.', 'Name a file in it, such as gallery.db.');
  }
  let database: Database | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    database = new SqliteDatabase(path, { timeout: BUSY_MS });
    check(path, database);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    // Who is removed is overwritten in the file, not just unlinked.
    database.pragma('secure_delete = ON');
    if (Number(database.pragma('user_version', { simple: true })) < SCHEMA_VERSION) migrate(database);
    return { path, database };
  } catch (error) {
    database?.close();
    throw explain(path, error);
  }
}

/** A gallery in one SQLite file. Several processes may use it at once. */
export class SqliteGalleryStore implements GalleryStore {
  /** Absolute. */
  readonly path: string;
  readonly #database: Database;

  private constructor(path: string, database: Database) {
    this.path = path;
    this.#database = database;
  }

  /**
   * Opens the file, or makes it (and its folder).
   * @throws GalleryError (GALLERY_INVALID) when it is no gallery, was made by a newer version, or cannot be written.
   */
  static async open(file: string): Promise<SqliteGalleryStore> {
    const { path, database } = await openGalleryDatabase(file);
    return new SqliteGalleryStore(path, database);
  }

  async load(): Promise<GallerySnapshot> {
    try {
      // One transaction, so that another process's changes are seen whole or not at all.
      return this.#database.transaction((): GallerySnapshot => {
        const people = this.#database
          .prepare<[], PersonRecord>('SELECT id, name FROM people ORDER BY id')
          .all();
        const faces = this.#database
          .prepare<[], FaceRow>(
            'SELECT id, person_id, embedding, source, quality FROM gallery_faces ORDER BY id',
          )
          .all()
          .map((row): GalleryFaceRecord => ({
            id: row.id,
            personId: row.person_id,
            vector: fromBlob(row.embedding),
            source: row.source,
            quality: row.quality,
          }));
        return { embedder: this.#embedder(), people, faces };
      })();
    } catch (error) {
      throw explain(this.path, error);
    }
  }

  async apply(changes: readonly GalleryChange[]): Promise<void> {
    try {
      this.#database
        .transaction(() => {
          for (const change of changes) this.#applyOne(change);
          const { count } = this.#database
            .prepare<[], { count: number }>('SELECT count(*) AS count FROM gallery_faces')
            .get() ?? { count: 0 };
          if (count === 0) this.#database.prepare("DELETE FROM meta WHERE key = 'embedder'").run();
        })
        .immediate();
      if (changes.some(({ kind }) => kind === 'remove-person' || kind === 'remove-faces')) {
        // The write-ahead log still holds what was removed. While another process reads, this is left to a later one.
        this.#database.pragma('wal_checkpoint(TRUNCATE)');
      }
    } catch (error) {
      throw explain(this.path, error);
    }
  }

  #embedder(): string | undefined {
    return this.#database
      .prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'embedder'")
      .get()?.value;
  }

  #applyOne(change: GalleryChange): void {
    const database = this.#database;
    switch (change.kind) {
      case 'add-person':
        database
          .prepare(
            'INSERT INTO people (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
          )
          .run(change.person.id, change.person.name);
        break;
      case 'rename-person':
        expectOne(
          change.personId,
          database.prepare('UPDATE people SET name = ? WHERE id = ?').run(change.name, change.personId)
            .changes,
        );
        break;
      case 'remove-person':
        expectOne(
          change.personId,
          database.prepare('DELETE FROM people WHERE id = ?').run(change.personId).changes,
        );
        break;
      case 'add-faces': {
        const embedder = this.#embedder();
        if (embedder !== undefined && embedder !== change.embedder) {
          throw new GalleryError(
            'GALLERY_MODEL_MISMATCH',
            `${this.path} holds faces of the embedder "${embedder}", not of "${change.embedder}".`,
            { hint: `Run with --embedder ${embedder}, or use another gallery.` },
          );
        }
        database
          .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('embedder', ?)")
          .run(change.embedder);
        const person = database.prepare('SELECT 1 FROM people WHERE id = ?');
        const insert = database.prepare(
          'INSERT OR REPLACE INTO gallery_faces (id, person_id, embedding, source, quality) VALUES (?, ?, ?, ?, ?)',
        );
        for (const face of change.faces) {
          expectOne(face.personId, person.get(face.personId) === undefined ? 0 : 1);
          insert.run(face.id, face.personId, toBlob(face.vector), face.source, face.quality);
        }
        break;
      }
      case 'remove-faces': {
        const remove = database.prepare('DELETE FROM gallery_faces WHERE id = ?');
        for (const id of change.faceIds) remove.run(id);
        break;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}

/** @throws GalleryError (GALLERY_PERSON_UNKNOWN) when a change touched nobody. */
function expectOne(personId: string, count: number): void {
  if (count === 0) {
    throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
  }
}

/** @throws GalleryError when the file is another program's database or was made by a newer version. */
function check(path: string, database: Database): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  const application = Number(database.pragma('application_id', { simple: true }));
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
