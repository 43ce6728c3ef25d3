import { BackendError, messageOf } from '@fr-stream/core';
import { betterSqlite } from './better-sqlite.js';
import { nodeSqlite } from './node-sqlite.js';
import type { SqliteDriver } from './sqlite-driver.js';

let chosen: Promise<SqliteDriver> | undefined;

/**
 * The SQLite of this process: Node's own where there is one (22.13 and later), better-sqlite3 where there is not.
 * @throws BackendError (BACKEND_LOAD_FAILED) when there is neither.
 */
export async function sqliteDriver(): Promise<SqliteDriver> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<SqliteDriver> {
  const own = nodeSqlite();
  if (own !== undefined) return own;
  try {
    return await betterSqlite();
  } catch (cause) {
    throw new BackendError(
      'BACKEND_LOAD_FAILED',
      `Galleries need SQLite: Node ${process.versions.node} has none of its own, and better-sqlite3 cannot be loaded (${messageOf(cause)}).`,
      {
        hint: 'Use Node 22.13 or later; or install a C++ compiler and Python, and then fr-stream again with this Node.',
        cause,
      },
    );
  }
}
