import { l2Normalize, type IndexItem } from '@fr-stream/core';
import type { Sql } from '../sql/database.js';
import { vectorBytes } from '../sql/vector-bytes.js';
import { halfvecBytes } from './half-bytes.js';
import type { IndexTable } from './index-table.js';

/** Items sent in one statement. */
const ROWS_AT_ONCE = 1000;

/**
 * Adds items to an index's table, or puts them in the place of those with the same ids.
 * @param items no two with the same id.
 * @param version of the index, with these in it.
 * @param binary whether vectors are sent in the server's binary form: a sixth of the processor time of their digits.
 */
export async function insertItems(
  sql: Sql,
  table: IndexTable,
  items: readonly IndexItem[],
  version: number,
  binary: boolean,
): Promise<void> {
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    const page = items.slice(start, start + ROWS_AT_ONCE);
    await (binary ? insertBinary : insertText)(sql, table, page, version);
  }
}

const vectorOf = ({ metric }: IndexTable, { vector }: IndexItem): Float32Array =>
  metric === 'cosine' ? l2Normalize(vector) : vector;

async function insertBinary(
  sql: Sql,
  table: IndexTable,
  items: readonly IndexItem[],
  version: number,
): Promise<void> {
  const values: unknown[] = [];
  const rows = items.map((item) => {
    const vector = vectorOf(table, item);
    const metadata = item.metadata === undefined ? null : JSON.stringify(item.metadata);
    const row = [item.id, item.group ?? null, metadata, vectorBytes(vector)];
    values.push(...row, ...(table.pgvector ? [halfvecBytes(vector)] : []));
    const at = (back: number): string => `$${values.length - back}`;
    const [last, half] = table.pgvector ? [1, `, ${at(0)}::halfvec`] : [0, ''];
    return `(${at(last + 3)}::text, ${at(last + 2)}::text, ${at(last + 1)}::json, ${at(last)}::bytea, ${version}${half})`;
  });
  await sql.query(`${into(table)} VALUES ${rows.join(', ')} ${replacing(table)}`, values);
}

async function insertText(
  sql: Sql,
  table: IndexTable,
  items: readonly IndexItem[],
  version: number,
): Promise<void> {
  const rows = items.map((item) => {
    const vector = vectorOf(table, item);
    return {
      id: item.id,
      group_id: item.group ?? null,
      metadata: item.metadata ?? null,
      embedding: vectorBytes(vector).toString('base64'),
      ...(table.pgvector && { half: `[${vector.join(',')}]` }),
    };
  });
  const [value, typed] = table.pgvector ? [`, half::halfvec(${table.dimensions})`, ', half text'] : ['', ''];
  await sql.query(
    `${into(table)} SELECT id, group_id, metadata, decode(embedding, 'base64'), ${version}${value}
     FROM json_to_recordset($1::json) AS n (id text, group_id text, metadata json, embedding text${typed})
     ${replacing(table)}`,
    [JSON.stringify(rows)],
  );
}

const into = ({ name, pgvector }: IndexTable): string =>
  `INSERT INTO ${name} (id, group_id, metadata, embedding, version${pgvector ? ', half' : ''})`;

const replacing = ({ pgvector }: IndexTable): string =>
  `ON CONFLICT (id) DO UPDATE SET group_id = excluded.group_id, metadata = excluded.metadata,
     embedding = excluded.embedding, version = excluded.version${pgvector ? ', half = excluded.half' : ''}`;
