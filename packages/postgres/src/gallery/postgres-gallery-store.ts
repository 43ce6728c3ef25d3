import {
  changedMeanwhile,
  GALLERY_STORE_CONTRACT,
  type FaceFilter,
  type FaceInView,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type HistoryPage,
  type InViewFilter,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type UndoStep,
} from '@fr-stream/core';
import type { Sql, SqlDatabase } from '../sql/database.js';
import { bytesVector } from '../sql/vector-bytes.js';
import { applyChange } from './apply-change.js';
import { followNotified, notify, PEOPLE_CHANNEL, REVISION_CHANNEL } from './follow.js';

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

/** Enrolled faces, and those of the library that belong to somebody, of the gallery's embedder. */
const facesSql = (more: string): string => `(
  SELECT id, person_id, source, quality, kind, assigned_by, picture ${more} FROM gallery_faces
  UNION ALL
  SELECT f.id, f.person_id, coalesce((SELECT min(path) FROM files WHERE files.hash = f.hash), f.hash), f.overall,
         'photo', f.assigned_by, f.hash ${more}
  FROM library_faces f
  WHERE f.person_id IS NOT NULL AND f.embedder = (SELECT embedder FROM state)
)`;
const OUTLINE = facesSql('');
const FACES = facesSql(', embedding');

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

const toRecord = (row: FaceRow): GalleryFaceRecord => ({
  ...toFace(row),
  vector: bytesVector(row.embedding),
});

interface StateRow {
  readonly version: number;
  readonly labels: number;
  readonly embedder: string | null;
}

const STATE =
  'SELECT people_version::double precision AS version, labels::double precision AS labels, embedder FROM state';

async function readState(sql: Sql, lock = false): Promise<StateRow> {
  const { rows } = await sql.query<StateRow>(`${STATE}${lock ? ' FOR UPDATE' : ''}`);
  return rows[0] ?? { version: 0, labels: 0, embedder: null };
}

/** Faces read at once, of those that are read as they are asked for. */
const PAGE = 1000;

/** A gallery in a PostgreSQL database. Any number of processes may use it at once. */
interface InViewRow extends Pick<FaceInView, 'id' | 'hash' | 'spans'> {
  readonly person_id: string | null;
  readonly video: string | null;
}

export class PostgresGalleryStore implements GalleryStore {
  readonly contract = GALLERY_STORE_CONTRACT;
  readonly #database: SqlDatabase;
  readonly #owned: boolean;

  /** @param owned the database is disposed with the store. */
  constructor(database: SqlDatabase, { owned = false }: { readonly owned?: boolean } = {}) {
    this.#database = database;
    this.#owned = owned;
  }

  /** For messages. */
  get path(): string {
    return this.#database.name;
  }

  async load(): Promise<GallerySnapshot> {
    const { embedder, people, faces, rejections, labels } = await this.#snapshot(async (sql) => {
      const { rows } = await sql.query<FaceRow>(`SELECT * FROM ${FACES} AS f ORDER BY id`);
      return rows.map(toRecord);
    });
    return { embedder, people, faces, rejections, labels };
  }

  outline(): Promise<GalleryOutline> {
    return this.#snapshot(async (sql) => {
      const { rows } = await sql.query<OutlineRow>(`SELECT * FROM ${OUTLINE} AS f ORDER BY id`);
      return rows.map(toFace);
    });
  }

  async #snapshot<F extends GalleryFace>(
    readFaces: (sql: Sql) => Promise<readonly F[]>,
  ): Promise<GalleryOutline & { readonly faces: readonly F[] }> {
    return this.#database.transaction(
      async (sql) => {
        const people = await sql.query<{ id: string; name: string; unnamed: boolean }>(
          'SELECT id, name, unnamed FROM people ORDER BY id',
        );
        const rejections = await sql.query<{ a: string; b: string }>(
          'SELECT a, b FROM rejections ORDER BY a, b',
        );
        const { embedder, labels, version } = await readState(sql);
        return {
          embedder: embedder ?? undefined,
          people: people.rows.map(({ unnamed, ...person }): PersonRecord =>
            unnamed ? { ...person, unnamed } : person,
          ),
          faces: await readFaces(sql),
          rejections: rejections.rows.map(({ a, b }): Rejection => [a, b]),
          labels,
          version,
        };
      },
      { snapshot: true },
    );
  }

  async *faces({
    named,
    personIds,
    excludePersonIds = [],
  }: FaceFilter = {}): AsyncGenerator<GalleryFaceRecord> {
    const where = `p.unnamed = coalesce($1, p.unnamed) AND ($2::text[] IS NULL OR f.person_id = ANY ($2::text[]))
      AND f.person_id <> ALL ($3::text[])`;
    const values = [named === undefined ? null : !named, personIds ?? null, excludePersonIds];
    for (let after = ['', '']; ;) {
      const { rows } = await this.#database.query<FaceRow>(
        `SELECT f.* FROM ${FACES} AS f JOIN people p ON p.id = f.person_id
         WHERE ${where} AND (f.person_id, f.id) > ($4 COLLATE "C", $5 COLLATE "C")
         ORDER BY f.person_id, f.id LIMIT ${PAGE}`,
        [...values, ...after],
      );
      yield* rows.map(toRecord);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = [last.person_id, last.id];
    }
  }

  async inView({ personIds, faceIds }: InViewFilter): Promise<readonly FaceInView[]> {
    const { rows } = await this.#database.query<InViewRow>(
      `SELECT f.id, f.hash, f.person_id, f.track -> 'spans' AS spans,
         (SELECT min(path) FROM files WHERE files.hash = f.hash) AS video
       FROM library_faces f WHERE f.track IS NOT NULL AND (f.person_id = ANY ($1::text[]) OR f.id = ANY ($2::text[]))
       ORDER BY f.hash, f.place, f.id`,
      [personIds, faceIds],
    );
    return rows.map(({ person_id: personId, video, ...track }) => ({
      ...track,
      video: video ?? track.hash,
      ...(personId !== null && { personId }),
    }));
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number> {
    const { name } = this.#database;
    return this.#database.transaction(async (sql) => {
      const { version } = await readState(sql, true);
      if (expected !== undefined && expected !== version) throw changedMeanwhile();
      for (const change of changes) await applyChange(name, sql, change);
      if (entry !== undefined) {
        await sql.query('INSERT INTO change_log (at, action, people, undo) VALUES ($1, $2, $3, $4)', [
          new Date().toISOString(),
          entry.action,
          entry.people,
          JSON.stringify(entry.undo),
        ]);
      }
      if (changes.length === 0) return version;
      await countPeopleChange(sql, this.#database.schema, version + 1);
      return version + 1;
    });
  }

  async history({ limit, before }: HistoryPage = {}): Promise<readonly LoggedChange[]> {
    const { rows } = await this.#database.query<
      Omit<LoggedChange, 'undo'> & { readonly undo: readonly UndoStep[] }
    >(
      `SELECT id::double precision AS id, at, action, people, undo FROM change_log
       WHERE ($1::bigint IS NULL OR id < $1::bigint) ORDER BY id DESC LIMIT $2::bigint`,
      [before ?? null, limit ?? null],
    );
    return rows;
  }

  async claimLabels(count: number): Promise<number> {
    const { rows } = await this.#database.query<{ readonly first: number }>(
      'UPDATE state SET labels = labels + $1 RETURNING (labels - $1 + 1)::double precision AS first',
      [count],
    );
    return rows[0]?.first ?? 1;
  }

  async version(): Promise<number> {
    return (await readState(this.#database)).version;
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return followNotified(this.#database, PEOPLE_CHANNEL, () => this.version(), since, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owned) await this.#database[Symbol.asyncDispose]();
  }
}

/** After any change of people or their faces, inside its transaction, which holds the lock on `state`. */
export async function countPeopleChange(sql: Sql, schema: string, version: number): Promise<void> {
  await sql.query(
    `UPDATE state SET people_version = $1, revision = revision + 1, embedder = CASE
       WHEN EXISTS (SELECT 1 FROM gallery_faces) THEN embedder
       WHEN EXISTS (SELECT 1 FROM library_faces WHERE person_id IS NOT NULL) THEN
         coalesce(embedder, (SELECT embedder FROM library_faces WHERE person_id IS NOT NULL ORDER BY id LIMIT 1))
       END`,
    [version],
  );
  await notify(sql, schema, PEOPLE_CHANNEL, String(version));
  await notify(sql, schema, REVISION_CHANNEL, '');
}
