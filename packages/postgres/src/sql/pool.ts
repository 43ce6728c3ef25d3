import { ArgumentError } from '@fr-stream/core';
import pg from 'pg';
import type { Sql, SqlDatabase, SqlResult, TransactionOptions } from './database.js';
import { explain } from './failure.js';
import { migrate } from './migrate.js';

export const DEFAULT_SCHEMA = 'fr_stream';

export interface PoolOptions {
  /** Connections at most, besides one that listens. Default 8. */
  readonly connections?: number;
  /** A statement that takes longer fails: so a network that is cut is noticed. Default: none does. */
  readonly timeoutMs?: number;
}

/** True for an address that {@link openPostgres} takes. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text);
}

interface Address {
  readonly connectionString: string;
  readonly schema: string;
  readonly name: string;
}

/** @throws ArgumentError when it is no address of a PostgreSQL database. */
export function parsePostgresUrl(text: string): Address {
  const hint = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME';
  if (!isPostgresUrl(text) || !URL.canParse(text))
    throw new ArgumentError('That is no address of a PostgreSQL database.', { hint });
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) {
    throw new ArgumentError(`"${schema}" is no name for a schema here.`, {
      hint: 'Lower-case letters, digits and underscores, beginning with a letter.',
    });
  }
  url.searchParams.delete('schema');
  const host = url.host === '' ? (url.searchParams.get('host') ?? 'localhost') : url.host;
  return { connectionString: url.href, schema, name: `${host}${url.pathname} (schema ${schema})` };
}

const toResult = <R>({ rows, rowCount }: pg.QueryResult): SqlResult<R> => ({
  rows: rows as R[],
  count: rowCount ?? 0,
});

/** How long to wait before a lost listening connection is made anew. */
const LISTEN_AGAIN_MS = 1000;

class Pool implements SqlDatabase {
  readonly binary = true;
  readonly name: string;
  readonly schema: string;
  readonly #pool: pg.Pool;
  readonly #config: pg.PoolConfig;
  readonly #listening = new Set<() => Promise<void>>();

  constructor({ connectionString, schema, name }: Address, { connections = 8, timeoutMs }: PoolOptions) {
    this.name = name;
    this.schema = schema;
    this.#config = {
      connectionString,
      options: `-c search_path="${schema}",public`,
      application_name: 'fr-stream',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      ...(timeoutMs !== undefined && { query_timeout: timeoutMs, connectionTimeoutMillis: timeoutMs }),
    };
    this.#pool = new pg.Pool({ ...this.#config, max: connections, idleTimeoutMillis: 10_000 });
    // An idle connection that is lost is replaced when one is needed.
    this.#pool.on('error', () => undefined);
  }

  async query<R>(text: string, values: readonly unknown[] = []): Promise<SqlResult<R>> {
    try {
      return toResult(await this.#pool.query(text, [...values]));
    } catch (error) {
      throw explain(this.name, error);
    }
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>, { snapshot = false }: TransactionOptions = {}) {
    let client: pg.PoolClient | undefined;
    let broken: Error | undefined;
    try {
      client = await this.#pool.connect();
      const open = client;
      await open.query(snapshot ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN');
      try {
        const result = await work({
          query: async <R>(text: string, values: readonly unknown[] = []) =>
            toResult<R>(await open.query(text, [...values])),
        });
        await open.query('COMMIT');
        return result;
      } catch (error) {
        await open.query('ROLLBACK').catch((lost: Error) => (broken = lost));
        throw error;
      }
    } catch (error) {
      throw explain(this.name, error);
    } finally {
      client?.release(broken);
    }
  }

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    let stopped = false;
    let client: pg.Client | undefined;
    let again: NodeJS.Timeout | undefined;
    const connect = async (): Promise<void> => {
      const next = new pg.Client(this.#config);
      next.on('notification', ({ payload = '' }) => heard(payload));
      next.on('error', () => undefined);
      next.on('end', () => {
        if (!stopped) again = setTimeout(() => void connect().catch(() => undefined), LISTEN_AGAIN_MS);
      });
      await next.connect();
      await next.query(`LISTEN "${channel}"`);
      client = next;
      if (stopped) await next.end();
    };
    try {
      await connect();
    } catch (error) {
      stopped = true;
      throw explain(this.name, error);
    }
    const stop = async (): Promise<void> => {
      stopped = true;
      clearTimeout(again);
      this.#listening.delete(stop);
      await client?.end();
    };
    this.#listening.add(stop);
    return stop;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#listening) await stop();
    if (!this.#pool.ending) await this.#pool.end();
  }
}

/**
 * Opens a database on a server; its schema and tables are made, or brought up to date, if need be.
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`; a socket is named by `?host=/folder`.
 * @throws ArgumentError, GalleryError (GALLERY_INVALID) when the server cannot be reached or refuses.
 */
export async function openPostgres(url: string, options: PoolOptions = {}): Promise<SqlDatabase> {
  const database = new Pool(parsePostgresUrl(url), options);
  try {
    await migrate(database);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
