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

/** Faces of one embedder, of photos or of videos, that are nobody's, and those that are somebody's. */
const LOOSE = `SELECT id, NULL AS person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND person_id IS NULL AND id > ? ORDER BY id LIMIT ${PAGE}`;
const OWNED = `SELECT id, person_id, quantised FROM photo_faces INDEXED BY photo_faces_quantised
  WHERE quantised IS NOT NULL AND embedder = ? AND track = ? AND (person_id, id) > (?, ?) ORDER BY person_id, id LIMIT ${PAGE}`;

/** See `PhotoLibrary.quantised`. @param run gives errors of the database their type. */
export function quantisedFaces(
  path: string,
  database: SqliteDatabase,
  run: <T>(action: () => T) => T,
  only: 'loose-photos' | undefined,
): AsyncIterable<QuantisedFaces> | undefined {
  const usable = run(() => {
    const count = (where: string): number =>
      database.prepare<[], number>(`SELECT count(*) FROM photo_faces ${where}`).pluck().get() ?? 0;
    const faces = count('');
    // Of an encrypted library none is there. What no file shows any more must not be found.
    return (
      faces >= FROM &&
      count('WHERE quantised IS NOT NULL') === faces &&
      database.prepare(`${ORPHANED} LIMIT 1`).get() === undefined
    );
  });
  return usable ? pages(path, database, run, only) : undefined;
}

async function* pages(
  path: string,
  database: SqliteDatabase,
  run: <T>(action: () => T) => T,
  only: 'loose-photos' | undefined,
): AsyncGenerator<QuantisedFaces> {
  const groups = run(() =>
    database
      .prepare<[], Group>('SELECT DISTINCT embedder, track FROM photo_faces ORDER BY embedder, track')
      .all(),
  );
  const loose = database.prepare<[string, number, string], Row>(LOOSE);
  const owned = database.prepare<[string, number, string, string], Row>(OWNED);
  // A query for each page, not one that stays open: SQLite would let nobody write meanwhile.
  for (const { embedder, track } of groups) {
    if (only === 'loose-photos' && track !== 0) continue;
    for (let after = ''; ;) {
      const rows = run(() => loose.all(embedder, track, after));
      const last = rows.at(-1);
      if (last === undefined) break;
      yield run(() => pageOf(path, embedder, rows));
      after = last.id;
    }
    if (only !== undefined) continue;
    for (let after: readonly [string, string] = ['', '']; ;) {
      const rows = run(() => owned.all(embedder, track, ...after));
      const last = rows.at(-1);
      if (last === undefined) break;
      yield run(() => pageOf(path, embedder, rows));
      after = [last.person_id ?? '', last.id];
    }
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
