import type { SqliteDatabase, SqliteDriver, SqliteStatement, SqliteTransaction } from './sqlite-driver.js';

/**
 * What is used of Node's own module. Spelled out here because the type declarations that this package is compiled
 * with are those of Node 20, the oldest supported, which has no such module.
 */
interface NodeStatement {
  get(...parameters: readonly unknown[]): Record<string, unknown> | undefined;
  all(...parameters: readonly unknown[]): Record<string, unknown>[];
  run(...parameters: readonly unknown[]): { readonly changes: number | bigint };
}
interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}
interface NodeSqliteModule {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

const firstColumn = (row: Record<string, unknown>): unknown => Object.values(row)[0];

function wrap<P extends readonly unknown[], R>(statement: NodeStatement): SqliteStatement<P, R> {
  // Rows are what the caller's SQL makes of them.
  let pick = (row: Record<string, unknown>): R => row as R;
  return {
    get: (...parameters) => {
      const row = statement.get(...parameters);
      return row === undefined ? undefined : pick(row);
    },
    all: (...parameters) => statement.all(...parameters).map((row) => pick(row)),
    run: (...parameters) => ({ changes: Number(statement.run(...parameters).changes) }),
    pluck() {
      pick = (row) => firstColumn(row) as R;
      return this;
    },
  };
}

class NodeSqliteDatabase implements SqliteDatabase {
  readonly #database: NodeDatabase;
  #depth = 0;

  constructor(database: NodeDatabase) {
    this.#database = database;
  }

  prepare<P extends readonly unknown[], R>(sql: string): SqliteStatement<P, R> {
    return wrap(this.#database.prepare(sql));
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  pragma(text: string): unknown {
    const row = this.#database.prepare(`PRAGMA ${text}`).get();
    return row && firstColumn(row);
  }

  transaction<T>(action: () => T): SqliteTransaction<T> {
    return Object.assign(() => this.#transact('DEFERRED', action), {
      immediate: () => this.#transact('IMMEDIATE', action),
      exclusive: () => this.#transact('EXCLUSIVE', action),
    });
  }

  #transact<T>(kind: string, action: () => T): T {
    const savepoint = `transaction_${this.#depth}`;
    const outermost = this.#depth === 0;
    this.exec(outermost ? `BEGIN ${kind}` : `SAVEPOINT ${savepoint}`);
    this.#depth++;
    try {
      const result = action();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait for a promise');
      this.exec(outermost ? 'COMMIT' : `RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      try {
        this.exec(outermost ? 'ROLLBACK' : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      } catch {
        // SQLite has rolled back already, as it does when the disk is full; what matters is the first error.
      }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** Node's own SQLite; undefined where Node has none, which is before 22.13. */
export function nodeSqlite(): SqliteDriver | undefined {
  const sqlite = quietly(() => process.getBuiltinModule('node:sqlite')) as NodeSqliteModule | undefined;
  if (sqlite === undefined) return undefined;
  return {
    name: 'node:sqlite',
    open(path, busyMs) {
      const database = new NodeSqliteDatabase(new sqlite.DatabaseSync(path));
      database.pragma(`busy_timeout = ${busyMs}`);
      return database;
    },
  };
}

/**
 * Node 22 and 24 warn on standard error, when the module is loaded, that it may change. That is for us to watch (the
 * tests run on every supported version), not for users of a gallery.
 */
function quietly<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
