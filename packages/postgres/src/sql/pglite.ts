import type { Sql, SqlDatabase, SqlResult, TransactionOptions } from './database.js';
import { explain } from './failure.js';
import { migrate } from './migrate.js';
import { DEFAULT_SCHEMA } from './pool.js';

interface PgliteQueries {
  query<R>(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: R[]; readonly affectedRows?: number | undefined }>;
}

/** What is needed of a `PGlite` of `@electric-sql/pglite`. */
export interface PgliteLike extends PgliteQueries {
  transaction<T>(work: (transaction: PgliteQueries) => Promise<T>): Promise<T>;
  listen(channel: string, heard: (payload: string) => void): Promise<(...args: never[]) => Promise<void>>;
}

const runOn = (queries: PgliteQueries): Sql => ({
  query: async <R>(text: string, values: readonly unknown[] = []): Promise<SqlResult<R>> => {
    const { rows, affectedRows } = await queries.query<R>(text, [...values]);
    return { rows, count: Math.max(affectedRows ?? 0, rows.length) };
  },
});

class Pglite implements SqlDatabase {
  readonly name = 'PGlite';
  readonly binary = false;
  readonly schema: string;
  readonly #pglite: PgliteLike;

  constructor(pglite: PgliteLike, schema: string) {
    this.#pglite = pglite;
    this.schema = schema;
  }

  async query<R>(text: string, values?: readonly unknown[]): Promise<SqlResult<R>> {
    return this.transaction((sql) => sql.query<R>(text, values));
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>, { snapshot = false }: TransactionOptions = {}) {
    try {
      // One connection for all schemas: each transaction says where it is.
      return await this.#pglite.transaction(async (transaction) => {
        if (snapshot) await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        await transaction.query(`SET LOCAL search_path = "${this.schema}", public`);
        return work(runOn(transaction));
      });
    } catch (error) {
      throw explain(this.name, error);
    }
  }

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const stop = await this.#pglite.listen(channel, heard);
    return async () => stop();
  }

  /** The PGlite is the caller's. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A database inside the process; who made the PGlite closes it. */
export async function openPglite(pglite: PgliteLike, schema = DEFAULT_SCHEMA): Promise<SqlDatabase> {
  const database = new Pglite(pglite, schema);
  await migrate(database);
  return database;
}
