import { randomBytes } from 'node:crypto';
import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

const nameOf = (path: string, version: number): string => `${path}.before-schema-${version + 1}`;

/**
 * Keeps a copy of a gallery, `g.db.before-schema-7`, before its tables are changed: should the newer version be given up,
 * the older one can go on with it.
 */
export async function backupBefore(path: string, database: SqliteDatabase, version: number): Promise<void> {
  const target = nameOf(path, version);
  const part = `${target}.${randomBytes(8).toString('hex')}.part`;
  try {
    // What is in the write-ahead log, too.
    database.prepare('VACUUM INTO ?').run(part);
    await chmod(part, 0o600);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** The copies of {@link backupBefore} that lie beside a gallery: whoever is to be forgotten is in them, too. */
export async function backupsOf(path: string): Promise<readonly string[]> {
  const start = `${basename(path)}.before-schema-`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => name.startsWith(start)).map((name) => join(dirname(path), name));
}
