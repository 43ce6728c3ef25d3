import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

/** A table's rows by id, a page in memory at once. */
export function* rows<R extends { readonly id: string }>(
  database: SqliteDatabase,
  table: string,
  columns: string,
): Generator<R> {
  const page = database.prepare<[string], R>(
    `SELECT ${columns} FROM ${table} WHERE id > ? ORDER BY id LIMIT 500`,
  );
  for (let after = ''; ;) {
    const found = page.all(after);
    yield* found;
    const last = found.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
