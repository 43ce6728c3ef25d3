import {
  checkItems,
  checkVector,
  IndexError,
  l2Normalize,
  VECTOR_INDEX_CONTRACT,
  type IndexCapabilities,
  type IndexEntry,
  type IndexFilter,
  type IndexItem,
  type Json,
  type Metric,
  type Neighbour,
  type SearchOptions,
  type VectorIndex,
} from '@fr-stream/core';
import type { Sql, SqlDatabase } from '../sql/database.js';
import { bytesVector } from '../sql/vector-bytes.js';
import { nearestByPgvector } from './pgvector-search.js';
import { insertItems } from './insert-items.js';
import { MirrorIndex } from './mirror-index.js';
import { graphOf, makeGraph, tableOf, type IndexTable } from './index-table.js';

export interface PostgresIndexOptions {
  readonly metric?: Metric;
  /** Candidates that the graph looks at (`hnsw.ef_search`), from the 1 to 1000 that pgvector takes. Default 200. */
  readonly efSearch?: number;
  /** Default: where the server has the extension `vector`, or lets this user make it. */
  readonly pgvector?: boolean;
}

interface ItemRow {
  readonly id: string;
  readonly group_id: string | null;
  readonly metadata: Json | null;
  readonly embedding: Uint8Array;
}

/** Entries read at once. */
const PAGE = 1000;

/**
 * A vector index in a PostgreSQL database, which any number of processes share.
 *
 * With the extension pgvector the nearest are found by its HNSW graph over half-precision vectors and put in order by
 * their full ones, in the database, the filter along with the search. Without it each process that searches holds the
 * vectors in memory, looks at all of them, and hears of changes by NOTIFY.
 */
export class PostgresVectorIndex implements VectorIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities;
  /** Whether the extension does the searching. */
  readonly pgvector: boolean;
  readonly #database: SqlDatabase;
  readonly #table: IndexTable;
  readonly #efSearch: number;
  readonly #mirror: MirrorIndex | undefined;
  /** The last write of this process: the pool alone would not keep them in their order. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(database: SqlDatabase, table: IndexTable, efSearch: number) {
    this.#database = database;
    this.#table = table;
    this.#efSearch = efSearch;
    this.metric = table.metric;
    this.dimensions = table.dimensions;
    this.pgvector = table.pgvector;
    this.capabilities = { approximate: table.pgvector, persistent: true, shared: true };
    if (!table.pgvector) this.#mirror = new MirrorIndex(database, table);
  }

  /**
   * Opens the index of this name, or makes it; the database stays the caller's.
   * @param name lower-case letters, digits and underscores.
   * @throws IndexError (INDEX_INVALID) when it is there with other dimensions or another metric.
   */
  static async open(
    database: SqlDatabase,
    name: string,
    dimensions: number,
    { metric = 'cosine', efSearch = 200, pgvector }: PostgresIndexOptions = {},
  ): Promise<PostgresVectorIndex> {
    return new PostgresVectorIndex(
      database,
      await tableOf(database, name, dimensions, metric, pgvector),
      efSearch,
    );
  }

  async count(filter?: IndexFilter): Promise<number> {
    const { rows } = await this.#database.query<{ readonly n: number }>(
      `SELECT count(*)::double precision AS n FROM ${this.#table.name} WHERE ${FILTER}`,
      filterValues(filter),
    );
    return rows[0]?.n ?? 0;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    const unique = this.#checked(items);
    if (unique.length > 0) await this.#write((sql, version) => this.#insert(sql, version, unique));
  }

  /**
   * Adds very many at once: the graph is left out meanwhile and made anew at the end, in memory, which takes a fraction of
   * what growing it face by face does. All of it or nothing; others who write or search wait until it is over.
   * @param batches pages of items, read one after the other.
   * @param megabytes for the making of the graph: some 1.5 kB an item of 512 dimensions, or it gets slow. Default 512.
   */
  async fill(batches: AsyncIterable<readonly IndexItem[]>, megabytes = 512): Promise<void> {
    const { name, pgvector, metric } = this.#table;
    await this.#write(async (sql, version) => {
      if (pgvector) await sql.query(`DROP INDEX IF EXISTS ${graphOf(name)}`);
      // The next are read while the database takes these.
      let inserting = Promise.resolve();
      try {
        for await (const items of batches) {
          const unique = this.#checked(items);
          await inserting;
          inserting = this.#insert(sql, version, unique);
          // Told of below, whatever the reading comes to meanwhile.
          inserting.catch(() => undefined);
        }
      } finally {
        await inserting;
      }
      if (!pgvector) return;
      await sql.query("SELECT set_config('maintenance_work_mem', $1, true)", [`${Math.ceil(megabytes)}MB`]);
      await makeGraph(sql, name, metric);
    });
  }

  #checked(items: readonly IndexItem[]): readonly IndexItem[] {
    checkItems(items, this.dimensions);
    // Of two under one id, the last counts.
    return [...new Map(items.map((item) => [item.id, item])).values()];
  }

  #insert(sql: Sql, version: number, unique: readonly IndexItem[]): Promise<void> {
    return insertItems(sql, this.#table, unique, version, this.#database.binary);
  }

  async remove(ids: readonly string[]): Promise<number> {
    const { name } = this.#table;
    return this.#write(async (sql, version) => {
      const { rows } = await sql.query<{ readonly id: string }>(
        `DELETE FROM ${name} WHERE id = ANY ($1::text[]) RETURNING id`,
        [ids],
      );
      await sql.query(
        `INSERT INTO ${name}_gone (id, version) SELECT id, ${version} FROM unnest($1::text[]) AS g (id)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version`,
        [rows.map(({ id }) => id)],
      );
      return rows.length;
    });
  }

  /** One writer after the other, with a version of its own, by which mirrors know what they have not seen. */
  async #write<T>(work: (sql: Sql, version: number) => Promise<T>): Promise<T> {
    const { index } = this.#table;
    const written = this.#writing.then(() => this.#transaction(index, work));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #transaction<T>(index: string, work: (sql: Sql, version: number) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (sql) => {
      const { rows } = await sql.query<{ readonly version: number }>(
        'UPDATE vector_indexes SET version = version + 1 WHERE name = $1 RETURNING version::double precision AS version',
        [index],
      );
      if (rows[0] === undefined) throw new IndexError('INDEX_INVALID', `The index "${index}" was removed.`);
      return work(sql, rows[0].version);
    });
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    const { rows } = await this.#database.query<ItemRow>(
      `SELECT id, group_id, metadata, embedding FROM ${this.#table.name} WHERE id = ANY ($1::text[])`,
      [ids],
    );
    const items = new Map(rows.map((row): [string, ItemRow] => [row.id, row]));
    return ids.map((id) => {
      const row = items.get(id);
      return row && { ...toEntry(row), vector: bytesVector(row.embedding) };
    });
  }

  async *entries(filter?: IndexFilter): AsyncGenerator<IndexEntry> {
    for (let after = ''; ;) {
      const { rows } = await this.#database.query<Omit<ItemRow, 'embedding'>>(
        `SELECT id, group_id, metadata FROM ${this.#table.name} WHERE ${FILTER} AND id > $5
         ORDER BY id LIMIT ${PAGE}`,
        [...filterValues(filter), after],
      );
      yield* rows.map(toEntry);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }

  async search(query: Float32Array, k: number, options?: SearchOptions): Promise<readonly Neighbour[]> {
    const [found = []] = await this.searchAll([query], k, options);
    return found;
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options: SearchOptions = {},
  ): Promise<readonly (readonly Neighbour[])[]> {
    for (const query of queries) checkVector(query, this.dimensions, 'The query');
    if (!(k >= 1)) return queries.map(() => []);
    if (this.#mirror !== undefined) return (await this.#mirror.fresh()).searchAll(queries, k, options);
    const probes = queries.map((query) => (this.metric === 'cosine' ? l2Normalize(query) : query));
    return nearestByPgvector(this.#database, this.#table, probes, k, options, this.#efSearch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mirror?.[Symbol.asyncDispose]();
  }
}

/** As a condition on an index's table, with its values from `$1` on. */
export const FILTER = `($1::text[] IS NULL OR id = ANY ($1::text[])) AND ($2::text[] IS NULL OR group_id = ANY ($2::text[]))
  AND id <> ALL ($3::text[]) AND (group_id IS NULL OR group_id <> ALL ($4::text[]))`;

export function filterValues({
  ids,
  groups,
  excludeIds = [],
  excludeGroups = [],
}: IndexFilter = {}): unknown[] {
  return [ids ?? null, groups ?? null, excludeIds, excludeGroups];
}

export function toEntry({ id, group_id: group, metadata }: Omit<ItemRow, 'embedding'>): IndexEntry {
  return { id, ...(group !== null && { group }), ...(metadata !== null && { metadata }) };
}
