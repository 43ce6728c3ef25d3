import type { SqliteDatabase, SqliteDriver, SqliteStatement } from './sqlite-driver.js';

/**
 * better-sqlite3, an addon, for Node without a SQLite of its own. Never to be loaded by a Node that has one: an addon
 * of its kind aborts there when a statement is collected (https://github.com/nodejs/node/issues/65446).
 * @throws whatever loading throws where it is not installed or made for another version of Node.
 */
export async function betterSqlite(): Promise<SqliteDriver> {
  const { default: Database } = await import('@fr-stream/sqlite-node20');
  return {
    name: 'better-sqlite3',
    open(path, busyMs) {
      const database = new Database(path, { timeout: busyMs });
      const opened: SqliteDatabase = {
        // Its statements have the methods of ours, under a type that works the parameters out in another way.
        prepare: <P extends readonly unknown[], R>(sql: string) =>
          database.prepare(sql) as unknown as SqliteStatement<P, R>,
        exec: (sql) => void database.exec(sql),
        pragma: (text) => database.pragma(text, { simple: true }),
        transaction: (action) => database.transaction(action),
        close: () => void database.close(),
      };
      return opened;
    },
  };
}
