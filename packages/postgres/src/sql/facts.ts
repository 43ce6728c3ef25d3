import type { SqlDatabase } from './database.js';
import { SCHEMA_VERSION } from './migrate.js';

/** What a database is, for who looks after it. */
export interface DatabaseFacts {
  /** Of the server, such as `15.14`. */
  readonly version: string;
  readonly schema: string;
  /** Steps of the schema that were made, and that this program knows. */
  readonly migrations: { readonly done: number; readonly known: number };
  /** Version of the extension in this database; undefined where it is not made. */
  readonly pgvector: string | undefined;
  /** The server has the extension's files. */
  readonly pgvectorOffered: boolean;
}

export async function databaseFacts(database: SqlDatabase): Promise<DatabaseFacts> {
  const { rows } = await database.query<{
    readonly version: string;
    readonly done: number;
    readonly pgvector: string | null;
    readonly offered: boolean;
  }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
       (SELECT version FROM schema_version) AS done,
       (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector,
       EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') AS offered`,
  );
  const [row] = rows;
  return {
    version: row?.version ?? '?',
    schema: database.schema,
    migrations: { done: row?.done ?? 0, known: SCHEMA_VERSION },
    pgvector: row?.pgvector ?? undefined,
    pgvectorOffered: row?.offered ?? false,
  };
}
