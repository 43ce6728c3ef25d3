import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { rowSum } from './row-sums.js';

/** In the order in which their sum was made. */
const COLUMNS = [
  'id',
  'hash',
  'place',
  'detection',
  'quality',
  'norm',
  'embedder',
  'cutout',
  'aligned',
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string | number>> & {
  readonly id: string;
  readonly row_sum: number | null;
};

/** The faces of photos whose rows, apart from their embeddings, are not as they were written. By id. */
export function* changedPhotoFaces(database: SqliteDatabase): Generator<string> {
  const page = database.prepare<[string], Row>(
    `SELECT ${COLUMNS.join(', ')}, row_sum FROM photo_faces WHERE id > ? ORDER BY id LIMIT 500`,
  );
  for (let after = ''; ;) {
    const rows = page.all(after);
    for (const row of rows)
      if (row.row_sum !== null && row.row_sum !== rowSum(COLUMNS.map((column) => row[column]))) yield row.id;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
