import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteDriver } from '../../src/index.js';
import { betterSqlite } from '../../src/sqlite/better-sqlite.js';
import { nodeSqlite } from '../../src/sqlite/node-sqlite.js';
import type { SqliteDatabase, SqliteDriver } from '../../src/sqlite/sqlite-driver.js';
import { sqliteFailure } from '../../src/sqlite/sqlite-failure.js';

const [major, minor] = process.versions.node.split('.').map(Number);
const hasOwn = major > 22 || (major === 22 && minor >= 13);

/** Each Node has one of the two; the other is tried by the tests on other versions of Node. */
const drivers: readonly SqliteDriver[] = [nodeSqlite() ?? (await betterSqlite())];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-sqlite-'));
  path = join(folder, 'a.db');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const failureOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the driver of this process', () => {
  it("is Node's own SQLite from 22.13, else better-sqlite3", async () => {
    expect((await sqliteDriver()).name).toBe(hasOwn ? 'node:sqlite' : 'better-sqlite3');
  });

  it('is loaded without a word on standard error, and without the addon where it is not needed', () => {
    const script = `
      import { sqliteDriver } from './src/sqlite/choose-driver.ts';
      const database = (await sqliteDriver()).open(':memory:', 1000);
      database.exec('SELECT 1');
      database.close();
      const loaded = process.report.getReport().sharedObjects.filter((name) => name.includes('better_sqlite3'));
      console.log(loaded.length);`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@fr-stream/source', '--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8', cwd: join(import.meta.dirname, '../..') },
    );
    expect([stderr, stdout.trim()]).toEqual(['', hasOwn ? '0' : '1']);
  });
});

describe.each(drivers)('$name', (driver) => {
  let database: SqliteDatabase;
  beforeEach(() => {
    database = driver.open(path, 50);
    database.exec(
      'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB); INSERT INTO t VALUES (1, NULL, NULL)',
    );
  });
  afterEach(() => {
    database.close();
  });
  const count = (): unknown => database.prepare('SELECT count(*) FROM t').pluck().get();
  const insert = (a: number): unknown => database.prepare<[number]>('INSERT INTO t (a) VALUES (?)').run(a);

  it('gives rows, first columns and changes', () => {
    const put = database.prepare<[number, string | null, Uint8Array | null]>(
      'INSERT INTO t VALUES (?, ?, ?)',
    );
    expect(put.run(2, 'zwei 二', Uint8Array.of(0, 255)).changes).toBe(1);
    const row = database
      .prepare<[number], { b: string; c: Uint8Array }>('SELECT b, c FROM t WHERE a = ?')
      .get(2);
    expect(row?.b).toBe('zwei 二');
    expect([...(row?.c ?? [])]).toEqual([0, 255]);
    expect({ ...(database.prepare('SELECT * FROM t').all()[0] as object) }).toEqual({
      a: 1,
      b: null,
      c: null,
    });
    expect(database.prepare('SELECT b FROM t ORDER BY a').pluck().all()).toEqual([null, 'zwei 二']);
    expect(database.prepare('SELECT a FROM t WHERE a = 9').pluck().get()).toBeUndefined();
    expect(database.prepare('SELECT a FROM t WHERE a = 9').get()).toBeUndefined();
    expect(database.prepare('UPDATE t SET b = ?').run('x').changes).toBe(2);
  });

  it('has pragmas with and without an answer', () => {
    expect(database.pragma('user_version')).toBe(0);
    database.pragma('user_version = 7');
    expect(database.pragma('user_version')).toBe(7);
    expect(database.pragma('journal_mode = WAL')).toBe('wal');
    expect(database.pragma('foreign_keys = ON')).toBeUndefined();
    expect(database.pragma('wal_checkpoint(TRUNCATE)')).toBe(0);
  });

  it('knows the SQL that galleries are written with', () => {
    const one = (sql: string): unknown => database.prepare(sql).pluck().get();
    expect(one(`SELECT '{"a": 0.5}' ->> '$.a'`)).toBe(0.5);
    expect(one(`SELECT count(*) FROM json_each('[1, 2]')`)).toBe(2);
    expect(database.prepare('DELETE FROM t WHERE a = 1 RETURNING a').pluck().all()).toEqual([1]);
    database.exec('VACUUM');
  });

  it.each(['deferred', 'immediate', 'exclusive'] as const)(
    'runs a %s transaction whole or not at all',
    (kind) => {
      const run = <T>(action: () => T): T => {
        const transaction = database.transaction(action);
        return kind === 'deferred' ? transaction() : transaction[kind]();
      };
      expect(run(() => (insert(2), 'done'))).toBe('done');
      const error = new Error('no');
      const failing = (): never => {
        insert(3);
        throw error;
      };
      expect(failureOf(() => run(failing))).toBe(error);
      expect(count()).toBe(2);
      // One that failed leaves nothing open.
      run(() => insert(4));
      expect(count()).toBe(3);
    },
  );

  it('undoes the inner transaction alone when the outer one goes on', () => {
    database.transaction(() => {
      insert(2);
      failureOf(
        database.transaction(() => {
          insert(3);
          throw new Error('no');
        }),
      );
      database.transaction(() => insert(4))();
    })();
    expect(database.prepare('SELECT a FROM t ORDER BY a').pluck().all()).toEqual([1, 2, 4]);
  });

  it('refuses an action that goes on after the transaction', () => {
    const action = async (): Promise<void> => void insert(2);
    expect(failureOf(database.transaction(action))).toBeInstanceOf(TypeError);
    expect(count()).toBe(1);
  });

  it('waits for another writer, then says that it is busy', () => {
    const other = driver.open(path, 50);
    const started = performance.now();
    database
      .transaction(() => {
        const error = failureOf(other.transaction(() => undefined).immediate);
        expect(sqliteFailure(error)).toBe('BUSY');
      })
      .immediate();
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    other.close();
  });

  it('tells one failure from another', async () => {
    const letter = join(folder, 'letter.txt');
    await writeFile(letter, 'This is a letter. '.repeat(100));
    const reading = driver.open(letter, 50);
    expect(sqliteFailure(failureOf(() => reading.pragma('user_version')))).toBe('NOTADB');
    reading.close();
    expect(sqliteFailure(failureOf(() => driver.open(join(letter, 'x.db'), 50)))).toMatch(
      /^(?:CANTOPEN|IOERR)$/,
    );
    database.pragma('query_only = ON');
    expect(sqliteFailure(failureOf(() => insert(2)))).toBe('READONLY');
    expect(sqliteFailure(failureOf(() => database.exec('SELEC 1')))).toBeUndefined();
    expect(sqliteFailure(new Error('other'))).toBeUndefined();
  });

  it('lets statements be collected while the database is open', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let i = 0; i < 200; i++) database.prepare('SELECT a FROM t').all();
    collect();
    expect(count()).toBe(1);
  });
});
