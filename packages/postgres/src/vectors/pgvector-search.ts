import { byDistance, limitedPerGroup, type Json, type Neighbour, type SearchOptions } from '@fr-stream/core';
import type { Sql, SqlDatabase } from '../sql/database.js';
import { bytesVector } from '../sql/vector-bytes.js';
import type { IndexTable } from './index-table.js';
import { FILTER, filterValues, toEntry } from './postgres-vector-index.js';

interface FoundRow {
  readonly id: string;
  readonly group_id: string | null;
  readonly metadata: Json | null;
  readonly embedding: Uint8Array;
}

/** Fewer items that pass a filter are all looked at: exact, and quicker than to walk the graph past the others. */
const LOOK_AT_ALL = 2000;
/** Half precision may swap near neighbours: so many more are put in order by their full vectors. */
const SPARE = 20;
/** pgvector's largest. */
const MOST_EF = 1000;

/**
 * The nearest by pgvector's HNSW graph, put in order by full precision. Filters are part of the query; where few pass, all
 * that do are looked at instead.
 * @param probes of unit length for cosine.
 */
export async function nearestByPgvector(
  database: SqlDatabase,
  table: IndexTable,
  probes: readonly Float32Array[],
  k: number,
  { filter, perGroup }: SearchOptions,
  efSearch: number,
): Promise<readonly (readonly Neighbour[])[]> {
  return database.transaction(async (sql) => {
    const values = filterValues(filter);
    const few = await sql.query<{ readonly n: number }>(
      `SELECT count(*)::integer AS n FROM (SELECT 1 FROM ${table.name} WHERE ${FILTER} LIMIT ${LOOK_AT_ALL + 1}) x`,
      values,
    );
    const all = (few.rows[0]?.n ?? 0) <= LOOK_AT_ALL;
    const limited = perGroup !== undefined && Number.isFinite(perGroup);
    // Walks on where the filter, or the limit per group, leaves too few.
    await sql.query("SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true)");
    const found: (readonly Neighbour[])[] = [];
    for (const probe of probes) {
      let wanted = Math.min(Math.floor(k) + SPARE, Number.MAX_SAFE_INTEGER);
      for (;;) {
        const rows = await nearest(sql, table, probe, wanted, values, all ? undefined : efSearch);
        const neighbours = rows.map((row) => measured(table, probe, row)).sort(byDistance);
        const best = limited ? limitedPerGroup(neighbours, k, perGroup) : neighbours.slice(0, k);
        if (best.length >= k || rows.length < wanted) {
          found.push(best);
          break;
        }
        wanted *= 4;
      }
    }
    return found;
  });
}

/** @param efSearch undefined: without the graph, exact but for half precision. */
async function nearest(
  sql: Sql,
  { name, metric }: IndexTable,
  probe: Float32Array,
  limit: number,
  values: readonly unknown[],
  efSearch: number | undefined,
): Promise<readonly FoundRow[]> {
  if (efSearch === undefined) {
    await sql.query("SELECT set_config('enable_indexscan', 'off', true)");
  } else {
    const ef = Math.min(Math.max(efSearch, limit), MOST_EF);
    await sql.query("SELECT set_config('hnsw.ef_search', $1, true)", [String(ef)]);
  }
  const operator = metric === 'cosine' ? '<=>' : '<->';
  // Of equally near ones those with the lower ids, where all are looked at; the graph gives no such order.
  const order = efSearch === undefined ? ', id' : '';
  const { rows } = await sql.query<FoundRow>(
    `SELECT id, group_id, metadata, embedding FROM ${name} WHERE ${FILTER}
     ORDER BY half ${operator} $5::halfvec${order} LIMIT $6`,
    [...values, `[${probe.join(',')}]`, limit],
  );
  return rows;
}

function measured({ metric, dimensions }: IndexTable, probe: Float32Array, row: FoundRow): Neighbour {
  const vector = bytesVector(row.embedding);
  let sum = 0;
  if (metric === 'cosine') for (let i = 0; i < dimensions; i++) sum += (probe[i] ?? 0) * (vector[i] ?? 0);
  else for (let i = 0; i < dimensions; i++) sum += ((probe[i] ?? 0) - (vector[i] ?? 0)) ** 2;
  // Rounding may push the distance of equal vectors a little below zero.
  const distance = metric === 'cosine' ? Math.max(0, 1 - sum) : Math.sqrt(sum);
  return { ...toEntry(row), distance };
}
