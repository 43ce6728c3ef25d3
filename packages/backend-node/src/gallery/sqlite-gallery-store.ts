import {
  GalleryError,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type UndoStep,
  type Whose,
} from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { applyChange, embedderOf } from './apply-change.js';
import { countChange, explain, openGalleryDatabase } from './gallery-database.js';
import { fromBlob } from './vector-blob.js';

interface OutlineRow {
  readonly id: string;
  readonly person_id: string;
  readonly source: string;
  readonly quality: number;
  readonly kind: 'photo' | 'video' | null;
  readonly assigned_by: 'user' | 'machine' | null;
  readonly picture: string | null;
}

interface FaceRow extends OutlineRow {
  readonly embedding: Uint8Array;
}

/**
 * Enrolled faces, and those of the photo library that belong to somebody, of the gallery's embedder.
 * @param more columns that both tables have.
 */
const facesSql = (more: string, where: string): string => `
  SELECT id, person_id, source, quality, kind, assigned_by, picture ${more} FROM gallery_faces ${where}
  UNION ALL
  SELECT id, person_id, coalesce((SELECT min(path) FROM photos p WHERE p.hash = photo_faces.hash), hash),
         quality ->> '$.overall', 'photo', assigned_by, hash ${more}
  FROM photo_faces ${where === '' ? 'WHERE person_id IS NOT NULL' : where}
    AND embedder = (SELECT value FROM meta WHERE key = 'embedder')
  ORDER BY id`;
const OUTLINE = facesSql('', '');
const FACES = facesSql(', embedding', '');
const FACES_OF_PERSON = facesSql(', embedding', 'WHERE person_id = ?');

function toFace(row: OutlineRow): GalleryFace {
  return {
    id: row.id,
    personId: row.person_id,
    source: row.source,
    quality: row.quality,
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.assigned_by !== null && { by: row.assigned_by }),
    ...(row.picture !== null && { picture: row.picture }),
  };
}

function toRecord(row: FaceRow): GalleryFaceRecord {
  return { ...toFace(row), vector: fromBlob(row.embedding) };
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
  readonly #database: SqliteDatabase;

  private constructor(path: string, database: SqliteDatabase) {
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
    return this.#snapshot(() => this.#database.prepare<[], FaceRow>(FACES).all().map(toRecord));
  }

  async outline(): Promise<GalleryOutline> {
    return this.#snapshot(() => this.#database.prepare<[], OutlineRow>(OUTLINE).all().map(toFace));
  }

  async *faces(whose: Whose): AsyncGenerator<GalleryFaceRecord> {
    const people = this.#run(() =>
      this.#database
        .prepare<[number], string>('SELECT id FROM people WHERE unnamed = ? ORDER BY id')
        .pluck()
        .all(whose === 'unnamed' ? 1 : 0),
    );
    const faces = this.#database.prepare<[string, string], FaceRow>(FACES_OF_PERSON);
    // A query per person, not one that stays open: SQLite would let nobody write meanwhile.
    for (const id of people) yield* this.#run(() => faces.all(id, id).map(toRecord));
  }

  #snapshot<F extends GalleryFace>(
    readFaces: () => readonly F[],
  ): GalleryOutline & { readonly faces: readonly F[] } {
    const database = this.#database;
    return this.#run(() =>
      // One transaction, so that another process's changes are seen whole or not at all.
      database.transaction(() => {
        const people = database
          .prepare<[], { id: string; name: string; unnamed: number }>(
            'SELECT id, name, unnamed FROM people ORDER BY id',
          )
          .all()
          .map(({ unnamed, ...person }): PersonRecord =>
            unnamed === 0 ? person : { ...person, unnamed: true },
          );
        const rejections = database
          .prepare<[], { a: string; b: string }>('SELECT a, b FROM rejections ORDER BY a, b')
          .all()
          .map(({ a, b }): Rejection => [a, b]);
        return {
          embedder: embedderOf(database),
          people,
          faces: readFaces(),
          rejections,
          labels: this.#labels(),
        };
      })(),
    );
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry): Promise<void> {
    const database = this.#database;
    this.#run(() => {
      database
        .transaction(() => {
          if (changes.length > 0) countChange(database);
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
      throw GalleryError.isInstance(error) ? error : explain(this.path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}
