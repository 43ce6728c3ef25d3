import type { QuantisedFaces } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { ORPHANED } from './face-rows.js';
import { isWhole, TAIL } from './quantised-blob.js';
import { damaged } from './row-sums.js';

/** Faces in memory at once. */
const PAGE = 4000;
/** Libraries of fewer faces are read whole, embeddings and their sums, in no time. */
const FROM = 5000;

/** Faces in one row: what a row for each costs is several times what reading it does. */
interface Packed {
  /** JSON arrays, in one order with the bytes. */
  readonly ids: string;
  readonly owners: string;
  readonly sizes: string;
  /** One after the other; null of no face. */
  readonly bytes: Uint8Array | null;
}

// SQLite has no sum of blobs. As texts they are put together byte by byte, zeros too; each face's sum says whether they were.
const packed = (
  faces: string,
): string => `SELECT json_group_array(id) AS ids, json_group_array(person_id) AS owners,
  json_group_array(length(quantised)) AS sizes, CAST(group_concat(quantised, '') AS BLOB) AS bytes FROM (${faces})`;

interface Group {
  readonly embedder: string;
  readonly track: number;
}

const INDEXED =
  'SELECT embedder, track FROM photo_faces INDEXED BY photo_faces_quantised WHERE quantised IS NOT NULL';
// Two questions: `(embedder, track) > (?, ?)` looks at all faces of the embedder.
const NEXT_TRACK = `${INDEXED} AND embedder = ? AND track > ? ORDER BY track LIMIT 1`;
const NEXT_EMBEDDER = `${INDEXED} AND embedder > ? ORDER BY embedder, track LIMIT 1`;
/** Faces of one embedder, of photos or of videos, that are nobody's, and those that are somebody's. */
const LOOSE =
  packed(`SELECT id, NULL AS person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND person_id IS NULL AND id > ? ORDER BY id LIMIT ${PAGE}`);
const OWNED = packed(`SELECT id, person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND (person_id, id) > (?, ?) ORDER BY person_id, id LIMIT ${PAGE}`);

/** Runs what asks the database, and gives its errors their type. */
type Run = <T>(action: () => T) => T;

/** People of whom faces are read at once. */
const PEOPLE = 500;
const NAMED = `SELECT id FROM people WHERE unnamed = 0 AND id > ? ORDER BY id LIMIT ${PEOPLE}`;
const OF_PEOPLE = packed(`SELECT id, person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND person_id IN (SELECT value FROM json_each(?))`);

/** See `PhotoLibrary.quantised`. */
export function quantisedFaces(
  path: string,
  database: SqliteDatabase,
  run: Run,
  only: 'loose-photos' | undefined,
): AsyncIterable<QuantisedFaces> | undefined {
  // What no file shows any more must not be found.
  const usable =
    areQuantised(database, run) && run(() => database.prepare(`${ORPHANED} LIMIT 1`).get()) === undefined;
  return usable ? pages(path, database, run, only) : undefined;
}

/**
 * Whether faces are many, and all are there in 8 bits: of an encrypted library none is. All or none: to count them would
 * take as long as to read them.
 */
export function areQuantised(database: SqliteDatabase, run: Run): boolean {
  return run(() => {
    const ends = database
      .prepare<[], number>(
        `SELECT quantised IS NOT NULL FROM photo_faces
         WHERE rowid IN ((SELECT min(rowid) FROM photo_faces), (SELECT max(rowid) FROM photo_faces))`,
      )
      .pluck()
      .all();
    const first = database
      .prepare<[number], number>('SELECT count(*) FROM (SELECT 1 FROM photo_faces LIMIT ?)')
      .pluck()
      .get(FROM);
    return ends.every((there) => there === 1) && first === FROM;
  });
}

async function* pages(
  path: string,
  database: SqliteDatabase,
  run: Run,
  only: 'loose-photos' | undefined,
): AsyncGenerator<QuantisedFaces> {
  // One after the other: to ask for all at once would read the whole index.
  const track = database.prepare<[string, number], Group>(NEXT_TRACK);
  const embedder = database.prepare<[string], Group>(NEXT_EMBEDDER);
  const after = (group: Group): Group | undefined =>
    run(() => track.get(group.embedder, group.track) ?? embedder.get(group.embedder));
  for (let group = run(() => embedder.get('')); group !== undefined; group = after(group)) {
    if (only === 'loose-photos' && group.track !== 0) continue;
    yield* loosePages(path, database, run, group);
    if (only === undefined) yield* ownedPages(path, database, run, group);
  }
}

// A query for each page, not one that stays open: SQLite would let nobody write meanwhile.
async function* loosePages(
  path: string,
  database: SqliteDatabase,
  run: Run,
  { embedder, track }: Group,
): AsyncGenerator<QuantisedFaces> {
  const loose = database.prepare<[string, number, string], Packed>(LOOSE);
  for (let after = ''; ;) {
    const from = after;
    const page = run(() => pageOf(path, embedder, loose.get(embedder, track, from)));
    if (page === undefined) return;
    yield page;
    after = page.ids.at(-1) ?? '';
  }
}

async function* ownedPages(
  path: string,
  database: SqliteDatabase,
  run: Run,
  { embedder, track }: Group,
): AsyncGenerator<QuantisedFaces> {
  const owned = database.prepare<[string, number, string, string], Packed>(OWNED);
  for (let after: readonly [string, string] = ['', '']; ;) {
    const from = after;
    const page = run(() => pageOf(path, embedder, owned.get(embedder, track, ...from)));
    if (page === undefined) return;
    yield page;
    after = [page.owners.at(-1) ?? '', page.ids.at(-1) ?? ''];
  }
}

/** Those of people with a name: in an archive that was grouped, most faces are of people without one. */
export async function* namedPages(
  path: string,
  database: SqliteDatabase,
  run: Run,
  embedder: string,
): AsyncGenerator<QuantisedFaces> {
  const people = database.prepare<[string], string>(NAMED).pluck();
  const faces = database.prepare<[string, number, string], Packed>(OF_PEOPLE);
  for (let after = ''; ;) {
    const ids = run(() => people.all(after));
    const last = ids.at(-1);
    if (last === undefined) return;
    for (const track of [0, 1]) {
      const page = run(() => pageOf(path, embedder, faces.get(embedder, track, JSON.stringify(ids))));
      if (page !== undefined) yield page;
    }
    after = last;
  }
}

/**
 * @returns undefined of no face.
 * @throws GalleryError (GALLERY_INVALID) when one is not as it was written.
 */
function pageOf(path: string, embedder: string, row: Packed | undefined): QuantisedFaces | undefined {
  const bytes = row?.bytes ?? null;
  if (row === undefined || bytes === null) return undefined;
  const ids = JSON.parse(row.ids) as readonly string[];
  const owners = JSON.parse(row.owners) as readonly (string | null)[];
  const sizes = JSON.parse(row.sizes) as readonly number[];
  const size = sizes[0] ?? 0;
  const dimensions = Math.max(0, size - TAIL);
  const values = new Int8Array(ids.length * dimensions);
  const valueBytes = new Uint8Array(values.buffer);
  const [scales, errors] = [new Float32Array(ids.length), new Float32Array(ids.length)];
  const tails = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, id] of ids.entries()) {
    const [start, end] = [i * size, i * size + dimensions];
    if (sizes[i] !== size || !isWhole(bytes.subarray(start, start + size)))
      throw damaged(path, `the embedding of face ${id}`);
    valueBytes.set(bytes.subarray(start, end), i * dimensions);
    scales[i] = tails.getFloat32(end, true);
    errors[i] = tails.getFloat32(end + 4, true);
  }
  return { embedder, dimensions, ids, owners, values, scales, errors };
}
