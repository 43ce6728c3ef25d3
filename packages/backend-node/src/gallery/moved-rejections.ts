import { movedRejections } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

/** What was said of faces goes over to their new ids; of those that have none it is dropped. Ids may swap. */
export function moveRejections(
  database: SqliteDatabase,
  moved: ReadonlyMap<string, string | undefined>,
): void {
  if (moved.size === 0) return;
  const ids = JSON.stringify([...moved.keys()]);
  const rows = database
    .prepare<[string, string], { a: string; b: string }>(
      `SELECT a, b FROM rejections WHERE a IN (SELECT value FROM json_each(?)) OR b IN (SELECT value FROM json_each(?))`,
    )
    .all(ids, ids);
  const { stale, fresh } = movedRejections(
    rows.map(({ a, b }) => [a, b] as const),
    moved,
  );
  const remove = database.prepare('DELETE FROM rejections WHERE a = ? AND b = ?');
  const put = database.prepare('INSERT OR IGNORE INTO rejections (a, b) VALUES (?, ?)');
  for (const pair of stale) remove.run(...pair);
  for (const pair of fresh) put.run(...pair);
}
