import {
  GalleryError,
  type GalleryChange,
  type GalleryFaceRecord,
  type GallerySnapshot,
  type GalleryStore,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type UndoStep,
} from '@fr-stream/core';
import type { Database } from 'better-sqlite3';
import { applyChange, embedderOf } from './apply-change.js';
import { explain, openGalleryDatabase } from './gallery-database.js';
import { fromBlob } from './vector-blob.js';

interface FaceRow {
  readonly id: string;
  readonly person_id: string;
  readonly embedding: Buffer;
  readonly source: string;
  readonly quality: number;
  readonly kind: 'photo' | 'video' | null;
  readonly assigned_by: 'user' | 'machine' | null;
  readonly picture: string | null;
}

/** Enrolled faces, and those of the photo library that belong to somebody, of the gallery's embedder. */
const FACES = `
  SELECT id, person_id, embedding, source, quality, kind, assigned_by, picture FROM gallery_faces
  UNION ALL
  SELECT f.id, f.person_id, f.embedding, coalesce((SELECT min(path) FROM photos p WHERE p.hash = f.hash), f.hash),
         f.quality ->> '$.overall', 'photo', f.assigned_by, f.hash
  FROM photo_faces f
  WHERE f.person_id IS NOT NULL AND f.embedder = (SELECT value FROM meta WHERE key = 'embedder')
  ORDER BY id`;

function toFace(row: FaceRow): GalleryFaceRecord {
  return {
    id: row.id,
    personId: row.person_id,
    vector: fromBlob(row.embedding),
    source: row.source,
    quality: row.quality,
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.assigned_by !== null && { by: row.assigned_by }),
    ...(row.picture !== null && { picture: row.picture }),
  };
}

interface LogRow {
  readonly id: number;
  readonly at: string;
  readonly action: string;
  readonly people: string;
  readonly undo: string;
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
    const database = this.#database;
    return this.#run(() =>
      // One transaction, so that another process's changes are seen whole or not at all.
      database.transaction((): GallerySnapshot => {
        const people = database
          .prepare<[], { id: string; name: string; unnamed: number }>(
            'SELECT id, name, unnamed FROM people ORDER BY id',
          )
          .all()
          .map(({ unnamed, ...person }): PersonRecord =>
            unnamed === 0 ? person : { ...person, unnamed: true },
          );
        const faces = database.prepare<[], FaceRow>(FACES).all().map(toFace);
        const rejections = database
          .prepare<[], { a: string; b: string }>('SELECT a, b FROM rejections ORDER BY a, b')
          .all()
          .map(({ a, b }): Rejection => [a, b]);
        return { embedder: embedderOf(database), people, faces, rejections, labels: this.#labels() };
      })(),
    );
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry): Promise<void> {
    const database = this.#database;
    this.#run(() => {
      database
        .transaction(() => {
          for (const change of changes) applyChange(this.path, database, change);
          database.exec(
            `DELETE FROM meta WHERE key = 'embedder' AND NOT EXISTS (SELECT 1 FROM gallery_faces)
               AND NOT EXISTS (SELECT 1 FROM photo_faces WHERE person_id IS NOT NULL);
             INSERT OR IGNORE INTO meta (key, value)
               SELECT 'embedder', embedder FROM photo_faces WHERE person_id IS NOT NULL ORDER BY id LIMIT 1;`,
          );
          if (entry === undefined) return;
          database
            .prepare('INSERT INTO change_log (at, action, people, undo) VALUES (?, ?, ?, ?)')
            .run(
              new Date().toISOString(),
              entry.action,
              JSON.stringify(entry.people),
              JSON.stringify(entry.undo),
            );
        })
        .immediate();
      const kinds = new Set(changes.map(({ kind }) => kind));
      // Freed pages are overwritten already (secure_delete); this also gives them back.
      if (kinds.has('forget-people')) database.exec('VACUUM');
      if (kinds.has('forget-people') || kinds.has('remove-person') || kinds.has('remove-faces')) {
        // The write-ahead log still holds what was removed. While another process reads, this is left to a later one.
        database.pragma('wal_checkpoint(TRUNCATE)');
      }
    });
  }

  async history(): Promise<readonly LoggedChange[]> {
    return this.#run(() =>
      this.#database
        .prepare<[], LogRow>('SELECT id, at, action, people, undo FROM change_log ORDER BY id DESC')
        .all()
        .map(({ people, undo, ...row }) => ({
          ...row,
          // Written by `apply` above and by nobody else.
          people: JSON.parse(people) as string[],
          undo: JSON.parse(undo) as UndoStep[],
        })),
    );
  }

  async claimLabels(count: number): Promise<number> {
    return this.#run(() =>
      this.#database
        .transaction(() => {
          const first = this.#labels() + 1;
          this.#database
            .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('labels', ?)")
            .run(String(first + count - 1));
          return first;
        })
        .immediate(),
    );
  }

  #labels(): number {
    return Number(
      this.#database.prepare<[]>("SELECT value FROM meta WHERE key = 'labels'").pluck().get() ?? 0,
    );
  }

  #run<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof GalleryError ? error : explain(this.path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}
