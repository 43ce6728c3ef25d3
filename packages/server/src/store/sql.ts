import { sqliteDriver, type SqliteDatabase } from '@fr-stream/backend-node';

/** How long a call waits for another process that writes. */
const BUSY_MS = 10_000;

export type SqlDatabase = SqliteDatabase;

export async function openSql(path: string): Promise<SqlDatabase> {
  return (await sqliteDriver()).open(path, BUSY_MS);
}
