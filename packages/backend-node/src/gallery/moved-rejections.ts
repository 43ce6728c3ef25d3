import { movedRejections } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

/** What was said of faces goes over to their new ids; of those that have none it is dropped. Ids may swap. */
export function moveRejections(
  database: SqliteDatabase,
  moved: ReadonlyMap<string, string | undefined>,
): void {
  const { stale, fresh } = rejectionsOf(database, moved);
  if (stale.length === 0) return;
  const remove = database.prepare('DELETE FROM rejections WHERE a = ? AND b = ?');
  for (const pair of stale) remove.run(...pair);
  put(database, fresh);
}

/** What was said of faces holds for others, too. */
export function copyRejections(database: SqliteDatabase, copied: ReadonlyMap<string, string>): void {
  put(database, rejectionsOf(database, copied).fresh);
}

function rejectionsOf(
  database: SqliteDatabase,
  moved: ReadonlyMap<string, string | undefined>,
): ReturnType<typeof movedRejections> {
  if (moved.size === 0) return { stale: [], fresh: [] };
  const ids = JSON.stringify([...moved.keys()]);
  const rows = database
    .prepare<[string, string], { a: string; b: string }>(
      `SELECT a, b FROM rejections WHERE a IN (SELECT value FROM json_each(?)) OR b IN (SELECT value FROM json_each(?))`,
    )
    .all(ids, ids);
  return movedRejections(
    rows.map(({ a, b }) => [a, b] as const),
    moved,
  );
}

function put(database: SqliteDatabase, pairs: readonly (readonly [string, string])[]): void {
  if (pairs.length === 0) return;
  const insert = database.prepare('INSERT OR IGNORE INTO rejections (a, b) VALUES (?, ?)');
  for (const pair of pairs) insert.run(...pair);
}
