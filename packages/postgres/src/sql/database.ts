/** Rows of a statement, and how many it touched. */
export interface SqlResult<R> {
  readonly rows: readonly R[];
  readonly count: number;
}

/** What runs statements: a database, or a transaction in it. */
export interface Sql {
  /** @param values for `$1`, `$2`, ... */
  query<R = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<SqlResult<R>>;
}

/** How a transaction sees what others do meanwhile. */
export interface TransactionOptions {
  /** Reads only, all from one moment. Default: reads and writes, each statement from its own. */
  readonly snapshot?: boolean;
}

/** A PostgreSQL database: a server through a pool of connections, or PGlite inside the process. */
export interface SqlDatabase extends Sql, AsyncDisposable {
  /** For messages; without password. */
  readonly name: string;
  /** Tables lie in it. */
  readonly schema: string;
  /** Whether a Buffer is sent as the binary form of a value, whatever the value's type. */
  readonly binary: boolean;
  /** All of it or nothing. */
  transaction<T>(work: (sql: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Hears what is notified on a channel, also after a lost connection came back (what was notified meanwhile is lost).
   * @returns stops it.
   */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>;
}
