import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  IndexError,
  VECTOR_INDEX_CONTRACT,
  byDistance,
  checkItems,
  checkVector,
  checkWhole,
  efSearchFor,
  hnswSettings,
  indexEntry,
  l2Norm,
  messageOf,
  passes,
  searchPerGroup,
} from '@fr-stream/core';
import type {
  HnswSettings,
  IndexCapabilities,
  IndexEntry,
  IndexFilter,
  IndexItem,
  Json,
  Metric,
  Neighbour,
  SearchOptions,
} from '@fr-stream/core';
import type { HierarchicalNSW } from 'hnswlib-node';
import { hnswlibItemsSchema, saveHnsw, type SavedHnsw } from './hnsw-files.js';
import { requireHnswlib } from './hnswlib.js';
import type { HnswOptions, SavableIndex } from './savable-index.js';

/** Items inserted before the event loop gets a turn. */
const itemsPerTurn = 64;

/**
 * Approximate nearest-neighbour search on a navigable small-world graph (Malkov and Yashunin, 2018, "Efficient and
 * robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs"), by hnswlib.
 * Deterministic: the same calls in the same order give the same answers. The slots of removed vectors are used
 * again. Changes are done one after the other; a search between them sees a consistent state.
 */
export class HnswlibIndex implements SavableIndex {
  readonly engine = 'hnswlib';
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: true, persistent: true, shared: false };
  readonly #settings: HnswSettings;
  readonly #labels = new Map<string, number>();
  readonly #metadata = new Map<string, Json>();
  readonly #groups = new Map<string, string>();
  #ids: (string | null)[] = [];
  #free: number[] = [];
  #graph: HierarchicalNSW;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(dimensions: number, options: HnswOptions = {}) {
    const { capacity = 1024 } = options;
    checkWhole('dimensions', dimensions);
    checkWhole('capacity', capacity);
    this.#settings = hnswSettings(options);
    this.metric = this.#settings.metric;
    this.dimensions = dimensions;
    this.#graph = this.#emptyGraph(capacity);
  }

  /** @throws IndexError (INDEX_INVALID) when the parts do not belong together. */
  static async load(folder: string, { settings, graph, items }: SavedHnsw): Promise<HnswlibIndex> {
    const { dimensions, ...options } = settings;
    const index = new HnswlibIndex(dimensions, { ...options, capacity: 1 });
    await index.#restore(folder, graph, items);
    return index;
  }

  async count(filter?: IndexFilter): Promise<number> {
    const accept = passes(filter);
    if (accept === undefined) return this.#labels.size;
    let count = 0;
    for (const id of this.#labels.keys()) if (accept(id, this.#groups.get(id))) count++;
    return count;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    const prepared = items.map(({ vector, ...item }) => ({ ...item, point: this.#plain(vector) }));
    await this.#exclusive(async () => {
      for (const [count, { id, group, metadata, point }] of prepared.entries()) {
        if (count % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
        const label = this.#labels.get(id) ?? this.#free.pop() ?? this.#ids.length;
        this.#reserve(label + 1);
        this.#graph.addPoint(point, label);
        this.#ids[label] = id;
        this.#labels.set(id, label);
        if (metadata === undefined) this.#metadata.delete(id);
        else this.#metadata.set(id, metadata);
        if (group === undefined) this.#groups.delete(id);
        else this.#groups.set(id, group);
      }
    });
  }

  async remove(ids: readonly string[]): Promise<number> {
    const blank = new Array<number>(this.dimensions).fill(0);
    return await this.#exclusive(async () => {
      let removed = 0;
      for (const [count, id] of ids.entries()) {
        if (count % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
        const label = this.#labels.get(id);
        if (label === undefined) continue;
        // Overwritten, so that a file that is saved holds nothing of it.
        this.#graph.addPoint(blank, label);
        this.#graph.markDelete(label);
        this.#labels.delete(id);
        this.#metadata.delete(id);
        this.#groups.delete(id);
        this.#ids[label] = null;
        this.#free.push(label);
        removed++;
      }
      return removed;
    });
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    return ids.map((id) => {
      const label = this.#labels.get(id);
      return label === undefined
        ? undefined
        : { ...this.#entry(id), vector: Float32Array.from(this.#graph.getPoint(label)) };
    });
  }

  async *entries(filter?: IndexFilter): AsyncGenerator<IndexEntry> {
    const accept = passes(filter);
    for (const id of [...this.#labels.keys()].sort()) {
      // It may have been removed since.
      if (!this.#labels.has(id)) continue;
      if (accept === undefined || accept(id, this.#groups.get(id))) yield this.#entry(id);
    }
  }

  async search(query: Float32Array, k: number, options: SearchOptions = {}): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    if (!(k >= 1)) return [];
    const probe = this.#plain(query);
    return searchPerGroup(k, options, (wanted, accept) => this.#nearest(probe, wanted, accept));
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]> {
    return Promise.all(queries.map((query) => this.search(query, k, options)));
  }

  /**
   * Writes the index into a folder, atomically: a crash or a second process leaves the old state or the new one.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  async save(folder: string): Promise<void> {
    await this.#exclusive(async () => {
      const settings = { ...this.#settings, dimensions: this.dimensions };
      const items = { ids: this.#ids, free: this.#free, metadata: Object.fromEntries(this.#metadata) };
      const groups = this.#groups.size === 0 ? {} : { groups: Object.fromEntries(this.#groups) };
      await saveHnsw(folder, settings, { ...items, ...groups }, (path) => this.#graph.writeIndex(path));
    });
  }

  /** Frees the vectors. Unsaved changes are lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exclusive(() => {
      this.#graph = this.#emptyGraph(1);
      this.#labels.clear();
      this.#metadata.clear();
      this.#groups.clear();
      this.#ids = [];
      this.#free = [];
      return Promise.resolve();
    });
  }

  #nearest(probe: number[], k: number, accept: ReturnType<typeof passes>): Neighbour[] {
    const wanted = Math.min(k, this.#labels.size);
    if (wanted < 1) return [];
    this.#graph.setEf(this.#settings.efSearch ?? efSearchFor(this.#labels.size, this.dimensions));
    const { neighbors, distances } = this.#graph.searchKnn(
      probe,
      wanted,
      accept === undefined
        ? undefined
        : (label) => {
            const id = this.#ids[label];
            return typeof id === 'string' && accept(id, this.#groups.get(id));
          },
    );
    const found: Neighbour[] = [];
    for (const [rank, label] of neighbors.entries()) {
      const id = this.#ids[label];
      if (typeof id === 'string') found.push(this.#neighbour(id, distances[rank] ?? 0));
    }
    // The walk through the graph may end before it meets enough that pass a narrow filter.
    const complete = found.length >= wanted ? found : this.#scan(probe, wanted, accept);
    return complete.sort(byDistance);
  }

  #emptyGraph(capacity: number): HierarchicalNSW {
    // Cosine distance is the inner-product distance of normalised vectors.
    const graph = new (requireHnswlib().HierarchicalNSW)(
      this.metric === 'cosine' ? 'ip' : 'l2',
      this.dimensions,
    );
    graph.initIndex({
      maxElements: capacity,
      m: this.#settings.m,
      efConstruction: this.#settings.efConstruction,
      randomSeed: 100,
    });
    return graph;
  }

  /** As hnswlib takes vectors: a plain array, of length 1 for cosine distance. */
  #plain(vector: Float32Array): number[] {
    const scale = this.metric === 'cosine' ? 1 / (l2Norm(vector) || 1) : 1;
    // Several times as fast as `Array.from`, which goes through the iterator.
    const plain = new Array<number>(vector.length);
    vector.forEach((value, i) => (plain[i] = value * scale));
    return plain;
  }

  #reserve(count: number): void {
    const capacity = this.#graph.getMaxElements();
    if (count > capacity) this.#graph.resizeIndex(Math.max(count, capacity * 2));
  }

  #neighbour(id: string, graphDistance: number): Neighbour {
    // Rounding may push the distance of equal vectors a little below zero.
    const distance =
      this.metric === 'cosine' ? Math.max(0, graphDistance) : Math.sqrt(Math.max(0, graphDistance));
    return { ...this.#entry(id), distance };
  }

  #entry(id: string): IndexEntry {
    return indexEntry(id, this.#groups.get(id), this.#metadata.get(id));
  }

  /** Exhaustive search. */
  #scan(probe: readonly number[], k: number, accept: ReturnType<typeof passes>): Neighbour[] {
    const found: Neighbour[] = [];
    for (const [id, label] of this.#labels) {
      if (accept !== undefined && !accept(id, this.#groups.get(id))) continue;
      let sum = 0;
      for (const [i, value] of this.#graph.getPoint(label).entries()) {
        const other = probe[i] ?? 0;
        sum += this.metric === 'cosine' ? value * other : (value - other) ** 2;
      }
      found.push(this.#neighbour(id, this.metric === 'cosine' ? 1 - sum : sum));
    }
    return found.sort(byDistance).slice(0, k);
  }

  async #restore(folder: string, graph: string, items: unknown): Promise<void> {
    try {
      const { ids, free, metadata, groups = {} } = hnswlibItemsSchema.parse(items);
      await this.#graph.readIndex(graph);
      if (this.#graph.getCurrentCount() !== ids.length)
        throw new Error('graph and items do not belong together');
      this.#ids = ids;
      this.#free = free;
      for (const [label, id] of ids.entries()) if (id !== null) this.#labels.set(id, label);
      for (const [id, value] of Object.entries(metadata)) this.#metadata.set(id, value);
      for (const [id, group] of Object.entries(groups)) this.#groups.set(id, group);
    } catch (cause) {
      throw new IndexError('INDEX_INVALID', `The index in ${folder} cannot be used: ${messageOf(cause)}`, {
        hint: 'Restore the folder from a backup, or delete it and build the index anew.',
        cause,
      });
    }
  }

  /** Runs changes one after the other, in the order in which they were asked for. */
  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return await result;
  }
}
