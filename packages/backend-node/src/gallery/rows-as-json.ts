import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

/** Rows that one text holds: some half a megabyte of it. */
const ROWS_AT_ONCE = 2000;

/**
 * Reads columns of all rows of a table, in the order of a key. SQLite writes many rows as one JSON text, real numbers with 17
 * digits, so that they come back as they were: a driver takes twice as long to make an object of each row.
 * @typeParam Row the columns, in the order asked for. Not checked: the SQL is ours.
 * @param key a unique column without nulls. Rows are read as they lie in the table, from none of its indexes.
 * @param take is given each row, and keeps no more of it than it needs: garbage that dies young costs next to nothing.
 * @throws what the driver throws, as where a value is a blob.
 */
export function rowsAsJson<Row extends readonly (string | number | null)[]>(
  database: SqliteDatabase,
  table: string,
  key: string,
  columns: readonly string[],
  take: (row: Row) => void,
): void {
  const list = columns.join(', ');
  const page = (where: string) =>
    database.prepare<
      readonly (string | number)[],
      { readonly rows: string; readonly last: string | number | null }
    >(
      `SELECT json_group_array(json_array(${list})) AS rows, max(at) AS last
       FROM (SELECT ${key} AS at, ${list} FROM ${table} NOT INDEXED ${where} ORDER BY ${key} LIMIT ${ROWS_AT_ONCE})`,
    );
  const next = page(`WHERE ${key} > ?`);
  for (let part = page('').get(); part !== undefined && part.last !== null; part = next.get(part.last)) {
    // Written by the statement above.
    for (const row of JSON.parse(part.rows) as Row[]) take(row);
  }
}
