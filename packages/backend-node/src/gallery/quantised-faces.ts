import type { QuantisedFaces } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { ORPHANED } from './face-rows.js';
import { isWhole, TAIL } from './quantised-blob.js';
import { damaged } from './row-sums.js';

/** Faces in memory at once. */
const PAGE = 4000;
/** Libraries of fewer faces are read whole, embeddings and their sums, in no time. */
const FROM = 5000;

interface Row {
  readonly id: string;
  readonly person_id: string | null;
  readonly quantised: Uint8Array;
}

interface Group {
  readonly embedder: string;
  readonly track: number;
}

const NEXT_GROUP = `SELECT embedder, track FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND (embedder, track) > (?, ?) ORDER BY embedder, track LIMIT 1`;
/** Faces of one embedder, of photos or of videos, that are nobody's, and those that are somebody's. */
const LOOSE = `SELECT id, NULL AS person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND person_id IS NULL AND id > ? ORDER BY id LIMIT ${PAGE}`;
const OWNED = `SELECT id, person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND (person_id, id) > (?, ?) ORDER BY person_id, id LIMIT ${PAGE}`;

/** Runs what asks the database, and gives its errors their type. */
type Run = <T>(action: () => T) => T;

/** People of whom faces are read at once. */
const PEOPLE = 500;
const NAMED = `SELECT id FROM people WHERE unnamed = 0 AND id > ? ORDER BY id LIMIT ${PEOPLE}`;
const OF_PEOPLE = `SELECT id, person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND person_id IN (SELECT value FROM json_each(?))`;

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
  const next = database.prepare<[string, number], Group>(NEXT_GROUP);
  const after = ({ embedder, track }: Group): Group | undefined => run(() => next.get(embedder, track));
  for (let group = after({ embedder: '', track: -1 }); group !== undefined; group = after(group)) {
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
  const loose = database.prepare<[string, number, string], Row>(LOOSE);
  for (let after = ''; ;) {
    const rows = run(() => loose.all(embedder, track, after));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield run(() => pageOf(path, embedder, rows));
    after = last.id;
  }
}

async function* ownedPages(
  path: string,
  database: SqliteDatabase,
  run: Run,
  { embedder, track }: Group,
): AsyncGenerator<QuantisedFaces> {
  const owned = database.prepare<[string, number, string, string], Row>(OWNED);
  for (let after: readonly [string, string] = ['', '']; ;) {
    const rows = run(() => owned.all(embedder, track, ...after));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield run(() => pageOf(path, embedder, rows));
    after = [last.person_id ?? '', last.id];
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
  const faces = database.prepare<[string, number, string], Row>(OF_PEOPLE);
  for (let after = ''; ;) {
    const ids = run(() => people.all(after));
    const last = ids.at(-1);
    if (last === undefined) return;
    for (const track of [0, 1]) {
      const rows = run(() => faces.all(embedder, track, JSON.stringify(ids)));
      if (rows.length > 0) yield run(() => pageOf(path, embedder, rows));
    }
    after = last;
  }
}

/** @throws GalleryError (GALLERY_INVALID) when one is not as it was written. */
function pageOf(path: string, embedder: string, rows: readonly Row[]): QuantisedFaces {
  const dimensions = (rows[0]?.quantised.length ?? TAIL) - TAIL;
  const values = new Int8Array(rows.length * dimensions);
  const bytes = new Uint8Array(values.buffer);
  const scales = new Float32Array(rows.length);
  const errors = new Float32Array(rows.length);
  const ids: string[] = [];
  const owners: (string | null)[] = [];
  for (const [i, { id, person_id: owner, quantised }] of rows.entries()) {
    if (quantised.length !== dimensions + TAIL || !isWhole(quantised))
      throw damaged(path, `the embedding of face ${id}`);
    const tail = new DataView(quantised.buffer, quantised.byteOffset + dimensions, TAIL);
    bytes.set(quantised.subarray(0, dimensions), i * dimensions);
    scales[i] = tail.getFloat32(0, true);
    errors[i] = tail.getFloat32(4, true);
    ids.push(id);
    owners.push(owner);
  }
  return { embedder, dimensions, ids, owners, values, scales, errors };
}
