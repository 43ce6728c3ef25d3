import {
  VECTOR_INDEX_CONTRACT,
  type IndexCapabilities,
  type IndexEntry,
  type IndexFilter,
  type IndexItem,
  type Metric,
  type Neighbour,
  type SearchOptions,
} from '@fr-stream/core';
import { GraphIndex } from './graph-index.js';
import { loadHnsw } from './hnsw-files.js';
import { HnswlibIndex } from './hnswlib-index.js';
import { hnswlibMissing } from './hnswlib.js';
import type { HnswEngine, HnswOptions, SavableIndex } from './savable-index.js';

/**
 * Approximate nearest-neighbour search on a navigable small-world graph (Malkov and Yashunin, 2018, "Efficient and
 * robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs"): by hnswlib where its
 * addon can be loaded, else by core's own code, which finds the same neighbours in some three times the time. Either reads
 * what the other saved.
 *
 * Deterministic: the same calls in the same order give the same answers by the same engine. Changes are done one after
 * the other; a search between them sees a consistent state.
 */
export class HnswIndex implements SavableIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly capabilities: IndexCapabilities = { approximate: true, persistent: true, shared: false };
  readonly #index: SavableIndex;

  /**
   * @throws ArgumentError when an option is not a whole number of at least 1.
   * @throws BackendError (BACKEND_LOAD_FAILED) when hnswlib is asked for by name and cannot be loaded.
   */
  constructor(dimensions: number, options: HnswOptions = {}, index?: SavableIndex) {
    const { engine = defaultEngine() } = options;
    this.#index =
      index ??
      (engine === 'hnswlib' ? new HnswlibIndex(dimensions, options) : new GraphIndex(dimensions, options));
  }

  /**
   * Reads an index that `save` wrote.
   * @param engine as `HnswOptions.engine`. Graphs of core are read by core's engine only.
   * @throws IndexError (INDEX_INVALID) when it is missing, damaged, or of a newer version.
   */
  static async load(folder: string, engine: HnswEngine = defaultEngine()): Promise<HnswIndex> {
    const saved = await loadHnsw(folder);
    const index =
      engine === 'hnswlib' && saved.items !== undefined
        ? await HnswlibIndex.load(folder, saved)
        : await GraphIndex.load(folder, saved);
    return new HnswIndex(index.dimensions, {}, index);
  }

  get engine(): HnswEngine {
    return this.#index.engine;
  }

  get metric(): Metric {
    return this.#index.metric;
  }

  get dimensions(): number {
    return this.#index.dimensions;
  }

  async count(filter?: IndexFilter): Promise<number> {
    return await this.#index.count(filter);
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    await this.#index.add(items);
  }

  async remove(ids: readonly string[]): Promise<number> {
    return await this.#index.remove(ids);
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    return await this.#index.get(ids);
  }

  entries(filter?: IndexFilter): AsyncIterable<IndexEntry> {
    return this.#index.entries(filter);
  }

  async search(query: Float32Array, k: number, options?: SearchOptions): Promise<readonly Neighbour[]> {
    return await this.#index.search(query, k, options);
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]> {
    return await this.#index.searchAll(queries, k, options);
  }

  /**
   * Writes the index into a folder, atomically: a crash or a second process leaves the old state or the new one.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  async save(folder: string): Promise<void> {
    await this.#index.save(folder);
  }

  /** Frees the vectors. Unsaved changes are lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index[Symbol.asyncDispose]();
  }
}

function defaultEngine(): HnswEngine {
  return hnswlibMissing() === undefined ? 'hnswlib' : 'built-in';
}
