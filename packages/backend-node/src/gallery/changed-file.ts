import type { PhotoRecord } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

/**
 * What a file held before its bytes changed, as when another program wrote a keyword into it. Where somebody was who is
 * forgotten holds for the new content, too. Inside the caller's transaction.
 * @returns the hash; undefined of a file that is new or unchanged.
 */
export function contentBefore(
  database: SqliteDatabase,
  { path, hash }: Pick<PhotoRecord, 'path' | 'hash'>,
): string | undefined {
  const before = database
    .prepare<[string, string], string>('SELECT hash FROM photos WHERE path = ? AND hash <> ?')
    .pluck()
    .get(path, hash);
  if (before !== undefined)
    database
      .prepare('INSERT OR IGNORE INTO forgotten (hash, box) SELECT ?, box FROM forgotten WHERE hash = ?')
      .run(hash, before);
  return before;
}
