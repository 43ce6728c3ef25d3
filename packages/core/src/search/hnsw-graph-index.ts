import {
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
} from '../contracts/vector-index.js';
import { IndexError, messageOf } from '../errors.js';
import { l2Normalize } from '../identity/distance.js';
import { hnswFromBytes, hnswToBytes } from './hnsw-bytes.js';
import { HnswGraph, type HnswGraphState } from './hnsw-graph.js';
import {
  checkWhole,
  efSearchFor,
  hnswSettings,
  type HnswGraphIndexOptions,
  type HnswSettings,
} from './hnsw-options.js';
import { byDistance, checkItems, checkVector, indexEntry, passes } from './index-items.js';
import { searchPerGroup } from './per-group.js';

/** What an index is made of besides its graph. */
export interface HnswGraphContents extends HnswSettings {
  readonly dimensions: number;
  /** By node; null where the node was removed. */
  readonly ids: readonly (string | null)[];
  /** By id. */
  readonly metadata: Readonly<Record<string, Json>>;
  /** By id, where an item has one. */
  readonly groups?: Readonly<Record<string, string>>;
}

/** Removed nodes are taken out for good, by building the graph anew, when they outnumber both this and the rest. */
const MOST_REMOVED = 64;

/**
 * Approximate nearest-neighbour search in plain TypeScript (see {@link HnswGraph}): the same index in Node, in
 * browsers and in workers, with nothing to install. `toBytes` and `fromBytes` carry it between them.
 *
 * Deterministic: the same calls in the same order give the same answers, also after a round trip through bytes.
 */
export class HnswGraphIndex implements VectorIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: true, persistent: true, shared: false };
  readonly #settings: HnswSettings;
  readonly #nodes = new Map<string, number>();
  readonly #metadata = new Map<string, Json>();
  readonly #groups = new Map<string, string>();
  #ids: (string | null)[] = [];
  #graph: HnswGraph;

  /** @throws ArgumentError when an option is not a whole number of at least 1. */
  constructor(dimensions: number, options: HnswGraphIndexOptions = {}) {
    checkWhole('dimensions', dimensions);
    this.#settings = hnswSettings(options);
    this.dimensions = dimensions;
    this.metric = this.#settings.metric;
    this.#graph = this.#emptyGraph();
  }

  /** @throws IndexError (INDEX_INVALID) when the bytes are not what `toBytes` gave. */
  static fromBytes(bytes: Uint8Array): HnswGraphIndex {
    const { header, state } = hnswFromBytes(bytes);
    return HnswGraphIndex.fromState(header, state);
  }

  /** @throws IndexError (INDEX_INVALID) when the parts do not belong together. */
  static fromState(contents: HnswGraphContents, state: HnswGraphState): HnswGraphIndex {
    const index = new HnswGraphIndex(contents.dimensions, contents);
    try {
      if (contents.ids.length !== state.levels.length) throw new Error('ids and nodes differ in number');
      index.#graph.restore(state);
    } catch (cause) {
      throw new IndexError('INDEX_INVALID', `The vector index cannot be used: ${messageOf(cause)}`, {
        cause,
      });
    }
    index.#ids = [...contents.ids];
    contents.ids.forEach((id, node) => {
      if (id !== null) index.#nodes.set(id, node);
    });
    for (const [id, value] of Object.entries(contents.metadata)) index.#metadata.set(id, value);
    for (const [id, group] of Object.entries(contents.groups ?? {})) index.#groups.set(id, group);
    return index;
  }

  /** The whole index, the same bytes on every platform, and nothing of what was removed. */
  toBytes(): Uint8Array {
    this.#detachRemoved();
    const { dimensions } = this;
    const state = this.#graph.state();
    const { levels, entry, random } = state;
    const metadata = Object.fromEntries(this.#metadata);
    const groups = this.#groups.size === 0 ? {} : { groups: Object.fromEntries(this.#groups) };
    return hnswToBytes(
      { dimensions, ...this.#settings, ids: this.#ids, metadata, ...groups, levels, entry, random },
      state,
    );
  }

  async count(filter?: IndexFilter): Promise<number> {
    const accept = passes(filter);
    if (accept === undefined) return this.#nodes.size;
    let count = 0;
    for (const id of this.#nodes.keys()) if (accept(id, this.#groups.get(id))) count++;
    return count;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    for (const { id, vector, group, metadata } of items) {
      this.#forget(id);
      const node = this.#graph.insert(this.metric === 'cosine' ? l2Normalize(vector) : vector);
      this.#ids[node] = id;
      this.#nodes.set(id, node);
      if (metadata !== undefined) this.#metadata.set(id, metadata);
      if (group !== undefined) this.#groups.set(id, group);
    }
    this.#tidy();
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const id of ids) if (this.#forget(id)) removed++;
    this.#tidy();
    return removed;
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    return ids.map((id) => {
      const node = this.#nodes.get(id);
      return node === undefined
        ? undefined
        : { ...this.#entry(id), vector: this.#graph.vector(node).slice() };
    });
  }

  async *entries(filter?: IndexFilter): AsyncGenerator<IndexEntry> {
    const accept = passes(filter);
    for (const id of [...this.#nodes.keys()].sort()) {
      // It may have been removed since.
      if (!this.#nodes.has(id)) continue;
      if (accept === undefined || accept(id, this.#groups.get(id))) yield this.#entry(id);
    }
  }

  async search(query: Float32Array, k: number, options: SearchOptions = {}): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    if (!(k >= 1)) return [];
    const probe = this.metric === 'cosine' ? l2Normalize(query) : query;
    return searchPerGroup(k, options, (wanted, accept) => this.#nearest(probe, wanted, accept));
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]> {
    return Promise.all(queries.map((query) => this.search(query, k, options)));
  }

  #nearest(probe: Float32Array, k: number, accept: ReturnType<typeof passes>): Neighbour[] {
    const wanted = Math.min(k, this.#nodes.size);
    if (wanted < 1) return [];
    const acceptNode = (node: number): boolean => {
      const id = this.#ids[node];
      return id !== null && id !== undefined && (accept === undefined || accept(id, this.#groups.get(id)));
    };
    const { efSearch = efSearchFor(this.#nodes.size, this.dimensions) } = this.#settings;
    const pairs = this.#graph.search(probe, Math.max(efSearch, wanted), acceptNode);
    // The walk may end before it meets enough that pass a narrow filter.
    const found =
      pairs.length >= wanted
        ? pairs.map(({ node, distance }) => this.#neighbour(node, distance))
        : [...this.#nodes.values()]
            .filter(acceptNode)
            .map((node) => this.#neighbour(node, this.#graph.distance(probe, node)));
    return found.sort(byDistance).slice(0, wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#graph = this.#emptyGraph();
    this.#nodes.clear();
    this.#metadata.clear();
    this.#groups.clear();
    this.#ids = [];
  }

  #emptyGraph(): HnswGraph {
    return new HnswGraph(this.dimensions, this.metric === 'cosine', this.#settings);
  }

  #forget(id: string): boolean {
    const node = this.#nodes.get(id);
    if (node === undefined) return false;
    // The node stays as a waypoint until the next tidying, or until the index is saved.
    this.#ids[node] = null;
    this.#nodes.delete(id);
    this.#metadata.delete(id);
    this.#groups.delete(id);
    return true;
  }

  #tidy(): void {
    const removed = this.#ids.length - this.#nodes.size;
    if (removed <= Math.max(MOST_REMOVED, this.#nodes.size)) return;
    const old = this.#graph;
    const ids = this.#ids;
    this.#graph = this.#emptyGraph();
    this.#ids = [];
    ids.forEach((id, node) => {
      if (id === null) return;
      const moved = this.#graph.insert(old.vector(node));
      this.#ids[moved] = id;
      this.#nodes.set(id, moved);
    });
  }

  #detachRemoved(): void {
    const removed = new Set([...this.#ids.keys()].filter((node) => this.#ids[node] === null));
    if (removed.size === 0) return;
    if (this.#nodes.size > 0) {
      this.#graph.detach(removed);
    } else {
      this.#graph = this.#emptyGraph();
      this.#ids = [];
    }
  }

  #neighbour(node: number, graphDistance: number): Neighbour {
    const id = this.#ids[node] ?? '';
    // Rounding may push the distance of equal vectors a little below zero.
    const least = Math.max(0, graphDistance);
    const distance = this.metric === 'cosine' ? least : Math.sqrt(least);
    return { ...this.#entry(id), distance };
  }

  #entry(id: string): IndexEntry {
    return indexEntry(id, this.#groups.get(id), this.#metadata.get(id));
  }
}
