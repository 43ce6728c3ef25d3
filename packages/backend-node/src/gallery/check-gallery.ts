import { messageOf } from '@fr-stream/core';
import type { SealedText } from '../vault/vault.js';
import { openGalleryDatabase } from './gallery-database.js';
import type { GalleryKey } from './gallery-vault.js';
import { isWhole } from './quantised-blob.js';
import { changedPhotoFaces } from './photo-face-sums.js';
import { faceSum, personSum, vectorSum, type SummedFace } from './row-sums.js';

/** Findings told at most; a file that is cut in two has thousands. */
const MOST = 50;

interface Sums {
  readonly vector_sum: number | null;
  readonly row_sum: number | null;
  readonly embedding: Uint8Array;
}

/**
 * Reads all of a gallery file and compares it with the sums that were kept when it was written.
 * @returns what is damaged, in words for people; empty when nothing is. Never throws for damage.
 */
export async function checkGalleryFile(path: string, key: GalleryKey = {}): Promise<readonly string[]> {
  const problems: string[] = [];
  try {
    const file = await openGalleryDatabase(path, key);
    const { database } = file;
    try {
      const structure = database.prepare<[], string>(`PRAGMA integrity_check(${MOST})`).pluck().all();
      problems.push(...structure.filter((line) => line !== 'ok'));
      const orphans = database.prepare<[], { table: string }>('PRAGMA foreign_key_check').all();
      problems.push(...orphans.map(({ table }) => `a row of ${table} refers to what is not there`));
      const people = database.prepare<[], PersonRow>('SELECT id, name, unnamed, row_sum FROM people').all();
      for (const { id, name, unnamed, row_sum: kept } of people)
        if (kept !== null && kept !== personSum(id, name, unnamed !== 0))
          problems.push(`the name of somebody (${typeof name === 'string' ? JSON.stringify(name) : id})`);
      const check = (what: string, row: Sums, rest: number): void => {
        if (row.vector_sum !== null && row.vector_sum !== vectorSum(row.embedding))
          problems.push(`the embedding of ${what}`);
        if (row.row_sum !== null && row.row_sum !== rest) problems.push(what);
      };
      const enrolled = database.prepare<[string], Sums & SummedFace>(
        `SELECT id, source, quality, kind, picture, embedding, vector_sum, row_sum FROM gallery_faces
         WHERE id > ? ORDER BY id LIMIT 500`,
      );
      for (const row of pages((after) => enrolled.all(after)))
        check(`a face of ${typeof row.source === 'string' ? row.source : row.id}`, row, faceSum(row));
      const photos = database.prepare<
        [string],
        Pick<Sums, 'vector_sum' | 'embedding'> & {
          readonly id: string;
          readonly quantised: Uint8Array | null;
        }
      >('SELECT id, embedding, vector_sum, quantised FROM photo_faces WHERE id > ? ORDER BY id LIMIT 500');
      for (const { id, quantised, ...row } of pages((after) => photos.all(after))) {
        check(`the photo face ${id}`, { ...row, row_sum: null }, 0);
        if (quantised !== null && !isWhole(quantised)) problems.push(`the photo face ${id}`);
      }
      for (const id of changedPhotoFaces(database)) problems.push(`the photo face ${id}`);
    } finally {
      await file.close();
    }
  } catch (error) {
    problems.push(messageOf(error));
  }
  return problems.slice(0, MOST);
}

interface PersonRow {
  readonly id: string;
  readonly name: SealedText;
  readonly unnamed: number;
  readonly row_sum: number | null;
}

/** Rows by id, a page in memory at once. */
function* pages<R extends { readonly id: string }>(read: (after: string) => readonly R[]): Generator<R> {
  for (let after = ''; ;) {
    const rows = read(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
