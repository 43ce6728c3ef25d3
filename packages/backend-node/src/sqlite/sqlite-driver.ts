/** What SQLite stores, as JavaScript has it. A blob that is read is a `Uint8Array` or a subclass. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

export interface SqliteStatement<P extends readonly unknown[], R> {
  /** The first row; undefined when there is none. */
  get(...parameters: P): R | undefined;
  all(...parameters: P): R[];
  /** @returns how many rows were changed. */
  run(...parameters: P): { readonly changes: number };
  /** From now on `get` and `all` give the first column's value instead of a row. @returns the statement itself. */
  pluck(): SqliteStatement<P, R>;
}

/** Runs an action whole or not at all: what it throws undoes it. Inside another transaction it is a part of that. */
export interface SqliteTransaction<T> {
  /** Takes the write lock at the first write. */
  (): T;
  /** Takes the write lock at once. */
  immediate(): T;
  /** Takes the write lock at once; outside WAL mode keeps out readers too. */
  exclusive(): T;
}

/** An open database file. All calls are synchronous; a call throws what the driver throws (see `sqliteFailure`). */
export interface SqliteDatabase {
  /**
   * @typeParam P the parameters, by position.
   * @typeParam R a row as an object, or after `pluck` the first column's value. Not checked: the SQL is ours.
   */
  prepare<P extends readonly unknown[] = readonly SqliteValue[], R = unknown>(
    sql: string,
  ): SqliteStatement<P, R>;
  /** Runs one or several statements without parameters. */
  exec(sql: string): void;
  /** Runs `PRAGMA text`. @returns the first column of its first row; undefined when it gives none. */
  pragma(text: string): unknown;
  /** @throws TypeError when the action is asynchronous: it would run outside. */
  transaction<T>(action: () => T): SqliteTransaction<T>;
  close(): void;
}

/** One way to reach SQLite. All have the same file format and the same contract, and pass the same tests. */
export interface SqliteDriver {
  readonly name: 'node:sqlite' | 'better-sqlite3';
  /** Opens the file, or makes it. @param busyMs how long a call waits for another process that writes. */
  open(path: string, busyMs: number): SqliteDatabase;
}
