import {
  isSaid,
  movedIds,
  movedRejections,
  iou,
  itemAt,
  MEDIA_LIBRARY_CONTRACT,
  newIds,
  sameFaces,
  tracksBefore,
  type Box,
  type FaceOutline,
  type LibraryFace,
  type LibraryFaceFilter,
  type LibraryTrack,
  type MediaFile,
  type MediaFilter,
  type MediaLibrary,
  type PhotoRecord,
  type VideoChunk,
  type VideoPlace,
  type VideoRecord,
} from '@fr-stream/core';
import { followNotified, notify, REVISION_CHANNEL } from '../gallery/follow.js';
import { countPeopleChange } from '../gallery/postgres-gallery-store.js';
import type { Sql, SqlDatabase } from '../sql/database.js';
import { bytesVector } from '../sql/vector-bytes.js';
import {
  FACE_COLUMNS,
  insertFaces,
  newRow,
  toFace,
  toTrack,
  type FaceRow,
  type NewFaceRow,
} from './face-rows.js';

/** Rows in memory at once, of those that are read as they are asked for. */
const PAGE = 1000;

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

/** As a condition on `library_faces f`, with its values from `$1` on. */
const FILTER = `($1::text[] IS NULL OR f.id = ANY ($1::text[])) AND ($2::text[] IS NULL OR f.hash = ANY ($2::text[]))
  AND ($3::text[] IS NULL OR f.person_id = ANY ($3::text[])) AND ($4::text[] IS NULL OR f.label = ANY ($4::text[]))
  AND ($5::boolean IS NULL OR (f.person_id IS NULL) = $5::boolean)`;

const filterValues = ({ ids, hashes, personIds, labels, loose }: LibraryFaceFilter = {}): unknown[] => [
  ids ?? null,
  hashes ?? null,
  personIds ?? null,
  labels ?? null,
  loose ?? null,
];

const FILES = `SELECT p.path, p.hash, p.size_bytes AS "sizeBytes", p.modified_ms AS "modifiedMs", c.width, c.height, c.captured,
  c.duration_ms AS "durationMs" FROM files p JOIN contents c USING (hash)`;

type FileRow = Omit<PhotoRecord, 'captured'> & {
  readonly durationMs: number | null;
  readonly captured: string | null;
};

function toPhoto({ captured, durationMs: _, ...photo }: FileRow): PhotoRecord {
  return captured === null ? photo : { ...photo, captured };
}

/** Faces and tracks in the order of the contract, with what they are ordered by. */
const ordered = (columns: string): string => `
  SELECT ${columns}, p.path AS first_path, coalesce(f.starts_ms, f.place) AS first_place, f.id AS last_id
  FROM library_faces f JOIN (SELECT hash, min(path) AS path FROM files WHERE video = $6 GROUP BY hash) p USING (hash)
  WHERE ${FILTER} AND (f.track IS NOT NULL) = $6 AND (p.path, coalesce(f.starts_ms, f.place), f.id) > ($7, $8, $9)
  ORDER BY p.path, coalesce(f.starts_ms, f.place), f.id LIMIT ${PAGE}`;

interface Place {
  readonly first_path: string;
  readonly first_place: number;
  readonly last_id: string;
}

/** The photos and videos of an archive in a PostgreSQL database. Any number of processes may use it at once. */
export class PostgresMediaLibrary implements MediaLibrary {
  readonly contract = MEDIA_LIBRARY_CONTRACT;
  readonly #database: SqlDatabase;
  readonly #owned: boolean;

  /** @param owned the database is disposed with the library. */
  constructor(database: SqlDatabase, { owned = false }: { readonly owned?: boolean } = {}) {
    this.#database = database;
    this.#owned = owned;
  }

  /** For messages. */
  get path(): string {
    return this.#database.name;
  }

  /** Tells this gallery from every other, under whatever address it is reached. */
  async identity(): Promise<string> {
    const { rows } = await this.#database.query<{ readonly id: string }>('SELECT id FROM state');
    return rows[0]?.id ?? '';
  }

  async revision(): Promise<number> {
    const { rows } = await this.#database.query<{ readonly revision: number }>(
      'SELECT revision::double precision AS revision FROM state',
    );
    return rows[0]?.revision ?? 0;
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return followNotified(this.#database, REVISION_CHANNEL, () => this.revision(), since, signal);
  }

  async note(name: string): Promise<string | undefined> {
    const { rows } = await this.#database.query<{ readonly value: string }>(
      'SELECT value FROM notes WHERE name = $1',
      [name],
    );
    return rows[0]?.value;
  }

  async setNote(name: string, value: string): Promise<void> {
    await this.#database.query(
      'INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [name, value],
    );
  }

  current(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#current(files, chain, false);
  }

  currentVideos(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#current(files, chain, true);
  }

  async #current(files: readonly MediaFile[], chain: string, video: boolean): Promise<readonly boolean[]> {
    const { rows } = await this.#database.query<MediaFile>(
      `${FILES} WHERE p.path = ANY ($1::text[]) AND c.chain = $2 AND p.video = $3`,
      [files.map(({ path }) => path), chain, video],
    );
    const known = new Map(rows.map((row) => [row.path, row]));
    return files.map(({ path, sizeBytes, modifiedMs }) => {
      const row = known.get(path);
      return row?.sizeBytes === sizeBytes && row.modifiedMs === modifiedMs;
    });
  }

  hasContent(hash: string, chain: string): Promise<boolean> {
    return hasContent(this.#database, hash, chain);
  }

  hasVideoContent(hash: string, chain: string): Promise<boolean> {
    return hasContent(this.#database, hash, chain);
  }

  async store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): Promise<void> {
    await this.#store(photo, undefined, chain, faces);
  }

  async storeVideo(video: VideoRecord, chain: string, tracks: readonly LibraryTrack[] | undefined) {
    await this.#store(video, video.durationMs, chain, tracks, tracks);
  }

  async #store(
    file: PhotoRecord,
    durationMs: number | undefined,
    chain: string,
    items: readonly (LibraryFace | LibraryTrack)[] | undefined,
    tracks?: readonly LibraryTrack[],
  ): Promise<void> {
    const { hash, width, height } = file;
    await this.#write(async (sql) => {
      let people = false;
      if (items !== undefined && !(await hasContent(sql, hash, chain))) {
        await sql.query(
          `INSERT INTO contents (hash, chain, width, height, captured, duration_ms) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (hash)
           DO UPDATE SET chain = excluded.chain, width = excluded.width, height = excluded.height,
             captured = excluded.captured, duration_ms = excluded.duration_ms`,
          [hash, chain, width, height, file.captured ?? null, durationMs ?? null],
        );
        const rows = items.map(newRow);
        const same = sameFaces(items, await heldBefore(sql, file));
        people = await (tracks === undefined
          ? this.#replaceFaces(sql, hash, rows, same)
          : this.#replaceTracks(sql, hash, tracks, rows, same));
        await copyRejections(sql, newIds(same, items));
        if (tracks !== undefined) await sql.query('DELETE FROM video_chunks WHERE hash = $1', [hash]);
      }
      await sql.query(
        `INSERT INTO files (path, hash, size_bytes, modified_ms, video) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (path)
         DO UPDATE SET hash = excluded.hash, size_bytes = excluded.size_bytes, modified_ms = excluded.modified_ms,
           video = excluded.video`,
        [file.path, hash, file.sizeBytes, file.modifiedMs, durationMs !== undefined],
      );
      return [people, undefined];
    });
  }

  /** Whoever was said to be there still is when other models look. @returns whether anybody was. */
  async #replaceFaces(
    sql: Sql,
    hash: string,
    faces: readonly NewFaceRow[],
    same: readonly (Owned | undefined)[],
  ): Promise<boolean> {
    const { rows } = await sql.query<FaceRow>(
      `DELETE FROM library_faces f WHERE hash = $1 RETURNING ${FACE_COLUMNS}`,
      [hash],
    );
    const before = [...rows];
    const renamed = new Map<string, string>();
    const kept = faces.map((face, i) => {
      const earlier = closest(face.detection.box, before);
      if (earlier !== undefined && earlier.id !== face.id) renamed.set(earlier.id, face.id);
      const { personId = null, by = null } = same[i] ?? {};
      const whose =
        earlier === undefined || earlier.person_id === null
          ? { person_id: personId, assigned_by: by }
          : { person_id: earlier.person_id, assigned_by: earlier.assigned_by };
      return { ...face, ...whose, label: earlier?.label ?? null };
    });
    await insertFaces(sql, kept);
    await moveRejections(sql, renamed);
    return [...rows, ...kept].some(({ person_id }) => person_id !== null);
  }

  /** Whoever the user said is in the video still is when other models look. @returns whether anybody was or is. */
  async #replaceTracks(
    sql: Sql,
    hash: string,
    tracks: readonly LibraryTrack[],
    rows: readonly NewFaceRow[],
    same: readonly (Owned | undefined)[],
  ): Promise<boolean> {
    const removed = await sql.query<FaceRow>(
      `DELETE FROM library_faces f WHERE hash = $1 RETURNING ${FACE_COLUMNS}`,
      [hash],
    );
    const before = removed.rows.filter(({ track }) => track !== null).map(toTrack);
    const was = tracksBefore(tracks, before);
    // Who was seen may have been merged or forgotten while the video was searched.
    const people = await sql.query<{ readonly id: string }>(
      'SELECT id FROM people WHERE id = ANY ($1::text[])',
      [tracks.flatMap(({ personId }) => personId ?? [])],
    );
    const known = new Set(people.rows.map(({ id }) => id));
    const kept = tracks.map((track, i) => {
      const seen = track.personId !== undefined && known.has(track.personId) ? track : undefined;
      const [said] = [was[i], same[i]].filter((one) => one !== undefined && isSaid(one));
      const { personId = null, by = null } = said ?? seen ?? same[i] ?? {};
      return { ...itemAt(rows, i), person_id: personId, assigned_by: by, label: track.label ?? null };
    });
    await insertFaces(sql, kept);
    await moveRejections(sql, movedIds(tracks, before, was));
    return [...before, ...kept.map(({ person_id }) => ({ personId: person_id ?? undefined }))].some(
      ({ personId }) => personId !== undefined,
    );
  }

  async remove(paths: readonly string[]): Promise<readonly LibraryFace[]> {
    return (await this.#remove(paths, false)).map(toFace);
  }

  async removeVideos(paths: readonly string[]): Promise<readonly LibraryTrack[]> {
    return (await this.#remove(paths, true)).map(toTrack);
  }

  async #remove(paths: readonly string[], video: boolean): Promise<readonly FaceRow[]> {
    const orphaned = 'NOT EXISTS (SELECT 1 FROM files WHERE files.hash = f.hash)';
    const ofKind = '(c.duration_ms IS NOT NULL) = $1';
    if (paths.length === 0) {
      const { rows } = await this.#database.query(
        `SELECT 1 FROM contents c WHERE ${ofKind} AND NOT EXISTS (SELECT 1 FROM files WHERE files.hash = c.hash) LIMIT 1`,
        [video],
      );
      if (rows.length === 0) return [];
    }
    return this.#write(async (sql) => {
      await sql.query('DELETE FROM files WHERE path = ANY ($1::text[]) AND video = $2', [paths, video]);
      const { rows } = await sql.query<FaceRow>(
        `DELETE FROM library_faces f USING contents c WHERE c.hash = f.hash AND ${ofKind} AND ${orphaned}
         RETURNING ${FACE_COLUMNS}`,
        [video],
      );
      await sql.query(
        `DELETE FROM contents c WHERE ${ofKind} AND NOT EXISTS (SELECT 1 FROM files WHERE files.hash = c.hash)`,
        [video],
      );
      return [rows.some(({ person_id }) => person_id !== null), rows];
    });
  }

  async *photos(filter?: MediaFilter): AsyncGenerator<PhotoRecord> {
    for await (const row of this.#files(filter, false)) yield toPhoto(row);
  }

  async *videos(filter?: MediaFilter): AsyncGenerator<VideoRecord> {
    for await (const row of this.#files(filter, true))
      yield { ...toPhoto(row), durationMs: row.durationMs ?? 0 };
  }

  async *#files({ paths, hashes }: MediaFilter = {}, video: boolean): AsyncGenerator<FileRow> {
    for (let after = ''; ;) {
      const { rows } = await this.#database.query<FileRow>(
        `${FILES} WHERE p.video = $1 AND p.path > $2 AND ($3::text[] IS NULL OR p.path = ANY ($3::text[]))
           AND ($4::text[] IS NULL OR p.hash = ANY ($4::text[])) ORDER BY p.path LIMIT ${PAGE}`,
        [video, after, paths ?? null, hashes ?? null],
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.path;
    }
  }

  async photo(path: string): Promise<PhotoRecord | undefined> {
    for await (const photo of this.photos({ paths: [path] })) return photo;
    return undefined;
  }

  forgotten(hash: string): Promise<readonly Box[]> {
    return this.#forgotten<Box>(hash, false);
  }

  forgottenPlaces(hash: string): Promise<readonly VideoPlace[]> {
    return this.#forgotten<VideoPlace>(hash, true);
  }

  /** Places in a video have a time. */
  async #forgotten<P>(hash: string, inVideo: boolean): Promise<readonly P[]> {
    const { rows } = await this.#database.query<{ readonly box: string }>(
      `SELECT box FROM forgotten WHERE hash = $1 AND (box::json -> 'timeMs' IS NOT NULL) = $2`,
      [hash, inVideo],
    );
    return rows.map(({ box }) => JSON.parse(box) as P);
  }

  /**
   * A photo's file has changed and its picture has not, as when metadata were written: its faces stay what they are. Where
   * the old content has other files too, these keep them, and the photo is searched anew.
   */
  async rehash(file: MediaFile, hash: string): Promise<void> {
    await this.#write(async (sql) => {
      const { path, sizeBytes, modifiedMs } = file;
      const { rows } = await sql.query<{ readonly hash: string; readonly others: boolean }>(
        `SELECT hash, EXISTS (SELECT 1 FROM files o WHERE o.hash = f.hash AND o.path <> f.path) AS others
         FROM files f WHERE path = $1`,
        [path],
      );
      const [row] = rows;
      if (row === undefined || (row.hash !== hash && row.others)) return [false, undefined];
      if (row.hash !== hash) {
        const both = [hash, row.hash];
        await sql.query(
          `INSERT INTO contents (hash, chain, width, height, captured, duration_ms)
           SELECT $1, chain, width, height, captured, duration_ms FROM contents WHERE hash = $2
           ON CONFLICT (hash) DO NOTHING`,
          both,
        );
        await sql.query('UPDATE library_faces SET hash = $1 WHERE hash = $2', both);
        await sql.query(
          `INSERT INTO forgotten (hash, box) SELECT $1, box FROM forgotten WHERE hash = $2 ON CONFLICT DO NOTHING`,
          both,
        );
      }
      await sql.query('UPDATE files SET hash = $2, size_bytes = $3, modified_ms = $4 WHERE path = $1', [
        path,
        hash,
        sizeBytes,
        modifiedMs,
      ]);
      if (row.hash !== hash) {
        await sql.query('DELETE FROM forgotten WHERE hash = $1', [row.hash]);
        await sql.query('DELETE FROM contents WHERE hash = $1', [row.hash]);
      }
      return [false, undefined];
    });
  }

  async chunks(hash: string, chain: string): Promise<readonly VideoChunk[]> {
    const { rows } = await this.#database.query<VideoChunk>(
      `SELECT from_ms AS "fromMs", to_ms AS "toMs", data FROM video_chunks WHERE hash = $1 AND chain = $2
       ORDER BY from_ms`,
      [hash, chain],
    );
    return rows;
  }

  async keepChunk(hash: string, chain: string, { fromMs, toMs, data }: VideoChunk): Promise<void> {
    await this.#database.query(
      `INSERT INTO video_chunks (hash, chain, from_ms, to_ms, data) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (hash, chain, from_ms) DO UPDATE SET to_ms = excluded.to_ms, data = excluded.data`,
      [hash, chain, fromMs, toMs, data],
    );
  }

  async movePaths(moves: readonly (readonly [from: string, to: string])[]): Promise<void> {
    if (moves.length === 0) return;
    await this.#write(async (sql) => {
      // All of the old ones first: paths may swap.
      const { rows } = await sql.query<MovedFile>(
        'DELETE FROM files WHERE path = ANY ($1::text[]) RETURNING path, hash, size_bytes, modified_ms, video',
        [moves.map(([from]) => from)],
      );
      const old = new Map(rows.map((row) => [row.path, row]));
      const moved = new Map(
        moves.flatMap(([from, to]) => {
          const row = old.get(from);
          return row === undefined ? [] : [[to, { ...row, path: to }] as const];
        }),
      );
      await sql.query(
        `INSERT INTO files (path, hash, size_bytes, modified_ms, video)
         SELECT path, hash, size_bytes, modified_ms, video FROM json_to_recordset($1::json)
           AS n (path text, hash text, size_bytes double precision, modified_ms double precision, video boolean)
         ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, size_bytes = excluded.size_bytes,
           modified_ms = excluded.modified_ms, video = excluded.video`,
        [JSON.stringify([...moved.values()])],
      );
      return [false, undefined];
    });
  }

  async *faces(filter?: LibraryFaceFilter): AsyncGenerator<LibraryFace> {
    for await (const row of this.#rows<FaceRow>(FACE_COLUMNS, filter, false)) yield toFace(row);
  }

  async *tracks(filter?: LibraryFaceFilter): AsyncGenerator<LibraryTrack> {
    for await (const row of this.#rows<FaceRow>(FACE_COLUMNS, filter, true)) yield toTrack(row);
  }

  async *outline(filter?: LibraryFaceFilter): AsyncGenerator<FaceOutline> {
    const columns =
      'f.id, f.hash, f.overall, f.embedder, f.vector_key, f.cutout, f.person_id, f.label, f.assigned_by';
    for await (const row of this.#rows<OutlineRow>(columns, filter, false))
      yield {
        id: row.id,
        hash: row.hash,
        quality: row.overall,
        embedder: row.embedder,
        cutout: row.cutout,
        vectorKey: row.vector_key,
        ...(row.person_id !== null && { personId: row.person_id }),
        ...(row.label !== null && { label: row.label }),
      };
  }

  async *#rows<R extends object>(
    columns: string,
    filter: LibraryFaceFilter | undefined,
    tracks: boolean,
  ): AsyncGenerator<R & Place> {
    for (let after: unknown[] = ['', -1, '']; ;) {
      const { rows } = await this.#database.query<R & Place>(ordered(columns), [
        ...filterValues(filter),
        tracks,
        ...after,
      ]);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = [last.first_path, last.first_place, last.last_id];
    }
  }

  countFaces(filter?: LibraryFaceFilter): Promise<number> {
    return this.#count(filter, false);
  }

  countTracks(filter?: LibraryFaceFilter): Promise<number> {
    return this.#count(filter, true);
  }

  async #count(filter: LibraryFaceFilter | undefined, tracks: boolean): Promise<number> {
    const { rows } = await this.#database.query<{ readonly n: number }>(
      `SELECT count(*)::double precision AS n FROM library_faces f
       WHERE ${FILTER} AND (f.track IS NOT NULL) = $6 AND EXISTS (SELECT 1 FROM files WHERE files.hash = f.hash)`,
      [...filterValues(filter), tracks],
    );
    return rows[0]?.n ?? 0;
  }

  async face(id: string): Promise<LibraryFace | undefined> {
    const { rows } = await this.#database.query<FaceRow>(
      `SELECT ${FACE_COLUMNS} FROM library_faces f WHERE id = $1 AND track IS NULL`,
      [id],
    );
    return rows[0] && toFace(rows[0]);
  }

  async vectors(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    const { rows } = await this.#database.query<{ readonly id: string; readonly embedding: Uint8Array }>(
      'SELECT id, embedding FROM library_faces WHERE id = ANY ($1::text[])',
      [ids],
    );
    const vectors = new Map(rows.map(({ id, embedding }) => [id, bytesVector(embedding)]));
    return ids.map((id) => vectors.get(id));
  }

  async label(labels: ReadonlyMap<string, string>): Promise<void> {
    if (labels.size === 0) return;
    await this.#write(async (sql) => {
      await sql.query(
        `UPDATE library_faces f SET label = n.label FROM unnest($1::text[], $2::text[]) AS n (id, label)
         WHERE f.id = n.id`,
        [[...labels.keys()], [...labels.values()]],
      );
      return [false, undefined];
    });
  }

  /** @param work tells whether people's faces changed, and what to return. */
  async #write<T>(work: (sql: Sql) => Promise<readonly [people: boolean, result: T]>): Promise<T> {
    return this.#database.transaction(async (sql) => {
      // Writers go one after the other.
      const { rows } = await sql.query<{ readonly version: number }>(
        'SELECT people_version::double precision AS version FROM state FOR UPDATE',
      );
      const [people, result] = await work(sql);
      if (people) await countPeopleChange(sql, this.#database.schema, (rows[0]?.version ?? 0) + 1);
      else {
        await sql.query('UPDATE state SET revision = revision + 1');
        await notify(sql, this.#database.schema, REVISION_CHANNEL, '');
      }
      return result;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owned) await this.#database[Symbol.asyncDispose]();
  }
}

interface MovedFile {
  readonly path: string;
  readonly hash: string;
  readonly size_bytes: number;
  readonly modified_ms: number;
  readonly video: boolean;
}

interface OutlineRow {
  readonly id: string;
  readonly hash: string;
  readonly overall: number;
  readonly embedder: string;
  readonly vector_key: string;
  readonly cutout: string;
  readonly person_id: string | null;
  readonly label: string | null;
}

async function hasContent(sql: Sql, hash: string, chain: string): Promise<boolean> {
  const { rows } = await sql.query('SELECT 1 FROM contents WHERE hash = $1 AND chain = $2', [hash, chain]);
  return rows.length > 0;
}

type Owned = Pick<LibraryFace, 'id' | 'embedding' | 'personId' | 'by'>;

/**
 * The faces or tracks that a file held before its bytes changed, as when another program wrote a keyword into it. Where
 * somebody was who is forgotten holds for the new content, too.
 */
async function heldBefore(
  sql: Sql,
  { path, hash }: Pick<PhotoRecord, 'path' | 'hash'>,
): Promise<readonly Owned[]> {
  const files = await sql.query<{ readonly hash: string }>(
    'SELECT hash FROM files WHERE path = $1 AND hash <> $2',
    [path, hash],
  );
  const [before] = files.rows;
  if (before === undefined) return [];
  await sql.query(
    'INSERT INTO forgotten (hash, box) SELECT $1, box FROM forgotten WHERE hash = $2 ON CONFLICT DO NOTHING',
    [hash, before.hash],
  );
  const { rows } = await sql.query<FaceRow>(
    `SELECT ${FACE_COLUMNS} FROM library_faces f WHERE hash = $1 ORDER BY place`,
    [before.hash],
  );
  return rows.map(toFace);
}

/** What was said of faces holds for others, too. */
async function copyRejections(sql: Sql, copied: ReadonlyMap<string, string>): Promise<void> {
  if (copied.size === 0) return;
  const { rows } = await sql.query<{ readonly a: string; readonly b: string }>(
    'SELECT a, b FROM rejections WHERE a = ANY ($1::text[]) OR b = ANY ($1::text[])',
    [[...copied.keys()]],
  );
  await putRejections(sql, rows, copied);
}

/** What was said of faces goes over to their new ids; of those that have none it is dropped. Ids may swap. */
async function moveRejections(sql: Sql, moved: ReadonlyMap<string, string | undefined>): Promise<void> {
  if (moved.size === 0) return;
  const { rows } = await sql.query<{ readonly a: string; readonly b: string }>(
    'DELETE FROM rejections WHERE a = ANY ($1::text[]) OR b = ANY ($1::text[]) RETURNING a, b',
    [[...moved.keys()]],
  );
  await putRejections(sql, rows, moved);
}

async function putRejections(
  sql: Sql,
  rows: readonly { readonly a: string; readonly b: string }[],
  moved: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const { fresh } = movedRejections(
    rows.map(({ a, b }) => [a, b] as const),
    moved,
  );
  if (fresh.length === 0) return;
  await sql.query(
    'INSERT INTO rejections (a, b) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [fresh.map(([a]) => a), fresh.map(([, b]) => b)],
  );
}

/** The face found at this place before; taken out of `faces`, so that it is found once. */
function closest(box: Box, faces: FaceRow[]): FaceRow | undefined {
  let best = -1;
  let overlap = SAME_FACE_IOU;
  for (const [i, face] of faces.entries()) {
    const shared = iou(box, face.detection.box);
    if (shared >= overlap) [best, overlap] = [i, shared];
  }
  return best < 0 ? undefined : faces.splice(best, 1)[0];
}
