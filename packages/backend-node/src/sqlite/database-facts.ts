import type { SqliteDatabase } from './sqlite-driver.js';

/** What a database file says it is. */
export interface DatabaseFacts {
  /** SQLite's `user_version`: the schema, 0 where there is none yet. */
  readonly version: number;
  /** SQLite's `application_id`: whose it is. */
  readonly application: number;
  /** Tables, indexes and the like. */
  readonly tables: number;
}

/** As of one moment: another process may be making the tables just now. */
export function databaseFacts(database: SqliteDatabase): DatabaseFacts {
  return database.transaction(() => ({
    version: Number(database.pragma('user_version')),
    application: Number(database.pragma('application_id')),
    tables: database.prepare<[], number>('SELECT count(*) FROM sqlite_master').pluck().get() ?? 0,
  }))();
}
