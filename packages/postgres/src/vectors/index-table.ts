import { ArgumentError, IndexError, type Metric } from '@fr-stream/core';
import type { Sql, SqlDatabase } from '../sql/database.js';

/** Where the items of an index lie. */
export interface IndexTable {
  /** The index's name. */
  readonly index: string;
  /** Its table's. */
  readonly name: string;
  readonly dimensions: number;
  readonly metric: Metric;
  readonly pgvector: boolean;
}

/** Longer vectors have no graph in pgvector: halfvec indexes up to 4,000 dimensions. */
const MOST_DIMENSIONS = 4000;

/** Whether the server has the extension; made if it can be. */
export async function hasPgvector(database: SqlDatabase): Promise<boolean> {
  const made = await installed(database);
  if (made) return true;
  const { rows } = await database.query(
    "SELECT 1 FROM pg_available_extensions WHERE name = 'vector' AND default_version >= '0.7'",
  );
  if (rows.length === 0) return false;
  try {
    await database.query('CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public');
    return true;
  } catch {
    // Not this user's to make, or another process was quicker.
    return installed(database);
  }
}

async function installed(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query("SELECT 1 FROM pg_type WHERE typname = 'halfvec'");
  return rows.length > 0;
}

/**
 * The table of an index, made if it is not there.
 * @throws IndexError (INDEX_INVALID) when it is there with other dimensions or another metric.
 */
export async function tableOf(
  database: SqlDatabase,
  index: string,
  dimensions: number,
  metric: Metric,
  wanted: boolean | undefined,
): Promise<IndexTable> {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(index)) {
    throw new ArgumentError(`"${index}" is no name for an index.`, {
      hint: 'Lower-case letters, digits and underscores, beginning with a letter.',
    });
  }
  const pgvector = wanted !== false && dimensions <= MOST_DIMENSIONS && (await hasPgvector(database));
  if (wanted === true && !pgvector) {
    throw new IndexError('INDEX_INVALID', `${database.name}: the extension pgvector is not there.`, {
      hint: 'Install it (version 0.7 or later) on the server, or search without it.',
    });
  }
  const name = `vectors_${index}`;
  return database.transaction(async (sql) => {
    // Of several that come at once, one makes the table.
    await sql.query('LOCK TABLE vector_indexes IN EXCLUSIVE MODE');
    const { rows } = await sql.query<Omit<IndexTable, 'index' | 'name'>>(
      'SELECT dimensions, metric, pgvector FROM vector_indexes WHERE name = $1',
      [index],
    );
    const there = rows[0];
    if (there === undefined) {
      await make(sql, name, dimensions, metric, pgvector);
      await sql.query(
        'INSERT INTO vector_indexes (name, dimensions, metric, pgvector) VALUES ($1, $2, $3, $4)',
        [index, dimensions, metric, pgvector],
      );
      return { index, name, dimensions, metric, pgvector };
    }
    if (there.dimensions !== dimensions || there.metric !== metric) {
      throw new IndexError(
        'INDEX_INVALID',
        `The index "${index}" has ${there.dimensions} dimensions and the metric ${there.metric}, not ${dimensions} and ${metric}.`,
        { hint: 'Give it another name.' },
      );
    }
    if (wanted === true && !there.pgvector) await addGraph(sql, name, dimensions, metric, index);
    return { index, name, dimensions, metric, pgvector: wanted === true || there.pgvector };
  });
}

async function make(
  sql: Sql,
  name: string,
  dimensions: number,
  metric: Metric,
  pgvector: boolean,
): Promise<void> {
  await sql.query(
    `CREATE TABLE ${name} (
       id text COLLATE "C" PRIMARY KEY,
       group_id text,
       metadata json,
       embedding bytea NOT NULL,
       version bigint NOT NULL
     )`,
  );
  await sql.query(`CREATE INDEX ON ${name} (group_id) WHERE group_id IS NOT NULL`);
  await sql.query(`CREATE INDEX ON ${name} (version)`);
  // What was removed, for those who hold a copy.
  await sql.query(`CREATE TABLE ${name}_gone (id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL)`);
  await sql.query(`CREATE INDEX ON ${name}_gone (version)`);
  // Wide rows are compressed and kept aside by default; embeddings do not compress.
  await sql.query(`ALTER TABLE ${name} ALTER embedding SET STORAGE EXTERNAL`);
  if (pgvector) {
    await sql.query(`ALTER TABLE ${name} ADD COLUMN half halfvec(${dimensions}) NOT NULL`);
    await makeGraph(sql, name, metric);
  }
}

/** The name of a table's graph. */
export const graphOf = (name: string): string => `${name}_graph`;

export async function makeGraph(sql: Sql, name: string, metric: Metric): Promise<void> {
  const operators = metric === 'cosine' ? 'halfvec_cosine_ops' : 'halfvec_l2_ops';
  await sql.query(
    `CREATE INDEX ${graphOf(name)} ON ${name} USING hnsw (half ${operators}) WITH (m = 16, ef_construction = 64)`,
  );
}

/** For an index that was made before the extension was there. */
async function addGraph(
  sql: Sql,
  name: string,
  dimensions: number,
  metric: Metric,
  index: string,
): Promise<void> {
  // Little-endian float32, which SQL cannot read: those who add write the column, so the table starts empty.
  const { rows } = await sql.query(`SELECT 1 FROM ${name} LIMIT 1`);
  if (rows.length > 0) {
    throw new IndexError('INDEX_INVALID', `The index "${index}" was made without pgvector.`, {
      hint: 'Give the index another name and add its items again.',
    });
  }
  await sql.query(`ALTER TABLE ${name} ADD COLUMN half halfvec(${dimensions}) NOT NULL`);
  await makeGraph(sql, name, metric);
  await sql.query('UPDATE vector_indexes SET pgvector = true WHERE name = $1', [index]);
}
