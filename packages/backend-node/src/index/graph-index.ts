import { open, readFile, writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  HnswGraphIndex,
  IndexError,
  VECTOR_INDEX_CONTRACT,
  checkItems,
  checkWhole,
  hnswSettings,
  messageOf,
} from '@fr-stream/core';
import type {
  HnswSettings,
  IndexCapabilities,
  IndexEntry,
  IndexFilter,
  IndexItem,
  Metric,
  Neighbour,
  SearchOptions,
} from '@fr-stream/core';
import { hnswlibItemsSchema, saveHnsw, type SavedHnsw } from './hnsw-files.js';
import { readHnswlibGraph } from './hnswlib-graph-file.js';
import type { HnswOptions, SavableIndex } from './savable-index.js';

/** Items inserted before the event loop gets a turn. */
const itemsPerTurn = 16;

/** What layers are drawn with when a graph of hnswlib, which keeps its own, is taken over. */
const SEED = 100;

/**
 * Core's `HnswGraphIndex` in a folder: what stands in for hnswlib where that cannot be built. It reads graphs that
 * hnswlib saved. Changes are done one after the other; a search between them sees a consistent state.
 */
export class GraphIndex implements SavableIndex {
  readonly engine = 'built-in';
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: true, persistent: true, shared: false };
  readonly #settings: HnswSettings;
  readonly #index: HnswGraphIndex;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(dimensions: number, options: HnswOptions = {}, index?: HnswGraphIndex) {
    checkWhole('capacity', options.capacity ?? 1);
    this.#index = index ?? new HnswGraphIndex(dimensions, options);
    this.#settings = hnswSettings(options);
    this.metric = this.#index.metric;
    this.dimensions = dimensions;
  }

  /** @throws IndexError (INDEX_INVALID) when the parts do not belong together. */
  static async load(folder: string, saved: SavedHnsw): Promise<GraphIndex> {
    const { dimensions, ...options } = saved.settings;
    try {
      const index =
        saved.items === undefined
          ? HnswGraphIndex.fromBytes(await readLarge(saved.graph))
          : await adopt(saved);
      return new GraphIndex(dimensions, options, index);
    } catch (cause) {
      throw new IndexError('INDEX_INVALID', `The index in ${folder} cannot be used: ${messageOf(cause)}`, {
        hint: 'Restore the folder from a backup, or delete it and build the index anew.',
        cause,
      });
    }
  }

  async count(filter?: IndexFilter): Promise<number> {
    return await this.#index.count(filter);
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    const copies = items.map((item) => ({ ...item, vector: item.vector.slice() }));
    await this.#exclusive(async () => {
      for (let first = 0; first < copies.length; first += itemsPerTurn) {
        if (first > 0) await nextTurn();
        await this.#index.add(copies.slice(first, first + itemsPerTurn));
      }
    });
  }

  async remove(ids: readonly string[]): Promise<number> {
    return await this.#exclusive(() => this.#index.remove(ids));
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

  async save(folder: string): Promise<void> {
    await this.#exclusive(async () => {
      const settings = { ...this.#settings, dimensions: this.dimensions };
      await saveHnsw(folder, settings, undefined, (path) => writeFile(path, this.#index.toBytes()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exclusive(() => this.#index[Symbol.asyncDispose]());
  }

  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return await result;
  }
}

/** A graph of hnswlib as core's own. */
async function adopt({ settings, graph, items }: SavedHnsw): Promise<HnswGraphIndex> {
  const { ids, metadata, groups } = hnswlibItemsSchema.parse(items);
  const { state, labels } = await readHnswlibGraph(graph, settings.dimensions);
  if (labels.length !== ids.length) throw new Error('graph and items do not belong together');
  const ofNodes = labels.map((label) => ids[label] ?? null);
  return HnswGraphIndex.fromState(
    { ...settings, ids: ofNodes, metadata, ...(groups !== undefined && { groups }) },
    { ...state, random: SEED },
  );
}

/** `readFile` refuses files of 2 GiB and more. */
async function readLarge(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size < 2 ** 31 - 1) return await readFile(path);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 2 ** 30), at);
    if (bytesRead === 0) throw new Error('the graph is cut off');
    at += bytesRead;
  }
  return bytes;
}
