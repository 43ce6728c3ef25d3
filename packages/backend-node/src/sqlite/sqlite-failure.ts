/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that a user can do something about, by number. */
const FAILURES = {
  3: 'PERM',
  5: 'BUSY',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  26: 'NOTADB',
} as const;

export type SqliteFailure = (typeof FAILURES)[keyof typeof FAILURES];

/** Why a call of either driver failed; undefined for any other reason, or when it is no error of SQLite. */
export function sqliteFailure(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') {
    // node:sqlite gives the number. The low byte of an extended code is the primary one.
    const primary = error.errcode & 0xff;
    return Object.entries(FAILURES).find(([code]) => Number(code) === primary)?.[1];
  }
  // better-sqlite3 gives the name. Extended ones continue the primary one: SQLITE_BUSY_SNAPSHOT.
  const { code } = error;
  return Object.values(FAILURES).find((name) => `${code}_`.startsWith(`SQLITE_${name}_`));
}
