import type {
  IndexCapabilities,
  IndexItem,
  Json,
  Metric,
  Neighbour,
  VectorIndex,
} from '../contracts/vector-index.js';
import { IndexError, messageOf } from '../errors.js';
import { l2Normalize } from '../identity/distance.js';
import { byDistance, checkItems, checkVector } from './flat-index.js';
import { hnswFromBytes, hnswToBytes } from './hnsw-bytes.js';
import { HnswGraph } from './hnsw-graph.js';
import {
  checkWhole,
  efSearchFor,
  hnswSettings,
  type HnswGraphIndexOptions,
  type HnswSettings,
} from './hnsw-options.js';

/** Removed nodes are taken out for good, by building the graph anew, when they outnumber both this and the rest. */
const MOST_REMOVED = 64;

/**
 * Approximate nearest-neighbour search in plain TypeScript (see {@link HnswGraph}): the same index in Node, in
 * browsers and in workers, with nothing to install. `toBytes` and `fromBytes` carry it between them.
 *
 * Deterministic: the same calls in the same order give the same answers, also after a round trip through bytes.
 */
export class HnswGraphIndex implements VectorIndex {
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: true, persistent: true };
  readonly #settings: HnswSettings;
  readonly #nodes = new Map<string, number>();
  readonly #metadata = new Map<string, Json>();
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
    const index = new HnswGraphIndex(header.dimensions, header);
    try {
      if (header.ids.length !== header.levels.length) throw new Error('ids and nodes differ in number');
      index.#graph.restore(state);
    } catch (cause) {
      throw new IndexError('INDEX_INVALID', `The vector index cannot be used: ${messageOf(cause)}`, {
        cause,
      });
    }
    index.#ids = [...header.ids];
    header.ids.forEach((id, node) => {
      if (id !== null) index.#nodes.set(id, node);
    });
    for (const [id, value] of Object.entries(header.metadata)) index.#metadata.set(id, value);
    return index;
  }

  /** The whole index, the same bytes on every platform. */
  toBytes(): Uint8Array {
    const { dimensions } = this;
    const state = this.#graph.state();
    const { levels, entry, random } = state;
    const metadata = Object.fromEntries(this.#metadata);
    return hnswToBytes(
      { dimensions, ...this.#settings, ids: this.#ids, metadata, levels, entry, random },
      state,
    );
  }

  get size(): number {
    return this.#nodes.size;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    for (const { id, vector, metadata } of items) {
      this.#forget(id);
      const node = this.#graph.insert(this.metric === 'cosine' ? l2Normalize(vector) : vector);
      this.#ids[node] = id;
      this.#nodes.set(id, node);
      if (metadata !== undefined) this.#metadata.set(id, metadata);
    }
    this.#tidy();
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const id of ids) if (this.#forget(id)) removed++;
    this.#tidy();
    return removed;
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  vector(id: string): Float32Array | undefined {
    const node = this.#nodes.get(id);
    return node === undefined ? undefined : this.#graph.vector(node).slice();
  }

  metadata(id: string): Json | undefined {
    return this.#metadata.get(id);
  }

  async search(
    query: Float32Array,
    k: number,
    filter?: (id: string) => boolean,
  ): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    const wanted = Math.min(k, this.size);
    if (!(wanted >= 1)) return [];
    const probe = this.metric === 'cosine' ? l2Normalize(query) : query;
    const accept = (node: number): boolean => {
      const id = this.#ids[node];
      return id !== null && (filter === undefined || filter(id));
    };
    const { efSearch = efSearchFor(this.size, this.dimensions) } = this.#settings;
    const pairs = this.#graph.search(probe, Math.max(efSearch, wanted), accept);
    // The walk may end before it meets enough that pass a narrow filter.
    const found =
      pairs.length >= wanted
        ? pairs.map(({ node, distance }) => this.#neighbour(node, distance))
        : [...this.#nodes.values()]
            .filter(accept)
            .map((node) => this.#neighbour(node, this.#graph.distance(probe, node)));
    return found.sort(byDistance).slice(0, wanted);
  }

  ids(): readonly string[] {
    return [...this.#nodes.keys()].sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#graph = this.#emptyGraph();
    this.#nodes.clear();
    this.#metadata.clear();
    this.#ids = [];
  }

  #emptyGraph(): HnswGraph {
    return new HnswGraph(this.dimensions, this.metric === 'cosine', this.#settings);
  }

  #forget(id: string): boolean {
    const node = this.#nodes.get(id);
    if (node === undefined) return false;
    // The node stays as a waypoint until the next tidying.
    this.#ids[node] = null;
    this.#nodes.delete(id);
    this.#metadata.delete(id);
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

  #neighbour(node: number, graphDistance: number): Neighbour {
    const id = this.#ids[node] ?? '';
    // Rounding may push the distance of equal vectors a little below zero.
    const least = Math.max(0, graphDistance);
    const distance = this.metric === 'cosine' ? least : Math.sqrt(least);
    const metadata = this.#metadata.get(id);
    return metadata === undefined ? { id, distance } : { id, distance, metadata };
  }
}
