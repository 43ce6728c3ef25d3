import { FlatIndex, type Json } from '@fr-stream/core';
import type { SqlDatabase } from '../sql/database.js';
import { bytesVector } from '../sql/vector-bytes.js';
import type { IndexTable } from './index-table.js';

interface ChangedRow {
  readonly id: string;
  readonly group_id: string | null;
  readonly metadata: Json | null;
  readonly embedding: Uint8Array;
}

/** Items taken over at once. */
const PAGE = 2000;

/**
 * All vectors of an index in this process's memory, for servers without pgvector. Each search first asks for the
 * index's version, which is one row, and takes over what has changed since: an answer never is older than its question.
 */
export class MirrorIndex implements AsyncDisposable {
  readonly #database: SqlDatabase;
  readonly #table: IndexTable;
  readonly #flat: FlatIndex;
  #version = 0;
  #refreshing: Promise<void> | undefined;

  constructor(database: SqlDatabase, table: IndexTable) {
    this.#database = database;
    this.#table = table;
    this.#flat = new FlatIndex(table.dimensions, table.metric);
  }

  /** The index as it is now. */
  async fresh(): Promise<FlatIndex> {
    // One that began earlier may have looked too early: the next begins when it is over.
    const before = this.#refreshing;
    const next = (async () => {
      await before?.catch(() => undefined);
      await this.#refresh();
    })();
    this.#refreshing = next;
    await next;
    return this.#flat;
  }

  async #refresh(): Promise<void> {
    const { name, index } = this.#table;
    const asked = await this.#database.query<{ readonly version: number }>(
      'SELECT version::double precision AS version FROM vector_indexes WHERE name = $1',
      [index],
    );
    if ((asked.rows[0]?.version ?? 0) === this.#version) return;
    await this.#database.transaction(
      async (sql) => {
        const { rows } = await sql.query<{ readonly version: number }>(
          'SELECT version::double precision AS version FROM vector_indexes WHERE name = $1',
          [index],
        );
        const gone = await sql.query<{ readonly id: string }>(
          `SELECT id FROM ${name}_gone WHERE version > $1`,
          [this.#version],
        );
        await this.#flat.remove(gone.rows.map(({ id }) => id));
        for (let after = ''; ;) {
          const page = await sql.query<ChangedRow>(
            `SELECT id, group_id, metadata, embedding FROM ${name} WHERE version > $1 AND id > $2
             ORDER BY id LIMIT ${PAGE}`,
            [this.#version, after],
          );
          await this.#flat.add(
            page.rows.map(({ id, group_id: group, metadata, embedding }) => ({
              id,
              vector: bytesVector(embedding),
              ...(group !== null && { group }),
              ...(metadata !== null && { metadata }),
            })),
          );
          const last = page.rows.at(-1);
          if (last === undefined || page.rows.length < PAGE) break;
          after = last.id;
        }
        this.#version = rows[0]?.version ?? 0;
      },
      { snapshot: true },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
    await this.#flat[Symbol.asyncDispose]();
  }
}
