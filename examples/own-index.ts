/** An index of one's own: all that `VectorIndex` asks for, over a map. A test runs the suite of the contract on it. */
import {
  byDistance,
  checkItems,
  checkVector,
  indexEntry,
  l2Normalize,
  passes,
  VECTOR_INDEX_CONTRACT,
  type IndexEntry,
  type IndexFilter,
  type IndexItem,
  type Metric,
  type Neighbour,
  type SearchOptions,
  type VectorIndex,
} from '@fr-stream/core';

export class MapIndex implements VectorIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly capabilities = { approximate: false, persistent: false, shared: false };
  readonly #items = new Map<string, IndexItem>();

  readonly dimensions: number;
  readonly metric: Metric;

  constructor(dimensions: number, metric: Metric = 'cosine') {
    this.dimensions = dimensions;
    this.metric = metric;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    // Before anything is added: all of them or none.
    checkItems(items, this.dimensions);
    for (const item of items) {
      this.#items.set(item.id, { ...item, vector: this.#own(item.vector) });
    }
  }

  async remove(ids: readonly string[]): Promise<number> {
    return ids.filter((id) => this.#items.delete(id)).length;
  }

  async count(filter?: IndexFilter): Promise<number> {
    return this.#passing(filter).length;
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    return ids.map((id) => {
      const item = this.#items.get(id);
      return item && { ...item, vector: item.vector.slice() };
    });
  }

  async *entries(filter?: IndexFilter): AsyncGenerator<IndexEntry> {
    const ids = this.#passing(filter).map(({ id }) => id);
    for (const id of ids.sort()) {
      const item = this.#items.get(id);
      if (item !== undefined) yield indexEntry(id, item.group, item.metadata);
    }
  }

  async search(
    query: Float32Array,
    k: number,
    { filter, perGroup = Infinity }: SearchOptions = {},
  ): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    if (!(k >= 1)) return [];
    const probe = this.#own(query);
    const neighbours = this.#passing(filter)
      .map(({ id, group, metadata, vector }) => ({
        ...indexEntry(id, group, metadata),
        distance: this.#distance(probe, vector),
      }))
      .sort(byDistance);
    const taken = new Map<string, number>();
    return neighbours
      .filter(({ id, group = `item ${id}` }) => {
        const before = taken.get(group) ?? 0;
        taken.set(group, before + 1);
        return before < perGroup;
      })
      .slice(0, k);
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]> {
    return Promise.all(queries.map((query) => this.search(query, k, options)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#items.clear();
  }

  #passing(filter: IndexFilter | undefined): IndexItem[] {
    const accept = passes(filter) ?? (() => true);
    return [...this.#items.values()].filter(({ id, group }) => accept(id, group));
  }

  /** A copy, of length 1 where only directions count. */
  #own(vector: Float32Array): Float32Array {
    return this.metric === 'cosine' ? l2Normalize(vector) : vector.slice();
  }

  #distance(a: Float32Array, b: Float32Array): number {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += this.metric === 'cosine' ? a[i] * b[i] : (a[i] - b[i]) ** 2;
    return this.metric === 'cosine' ? Math.max(0, 1 - sum) : Math.sqrt(sum);
  }
}
