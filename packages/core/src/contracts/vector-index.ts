export type Metric = 'cosine' | 'l2';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Version of {@link VectorIndex}. It grows when an implementation of the version before would no longer do. */
export const VECTOR_INDEX_CONTRACT = 2;

export interface IndexItem {
  /** Non-empty; adding an id that is already there replaces its vector, group and metadata. */
  readonly id: string;
  readonly vector: Float32Array;
  /** What the item belongs to, such as a person: see {@link SearchOptions.perGroup}. Non-empty. */
  readonly group?: string;
  readonly metadata?: Json;
}

/** An item without its vector, which is by far the most of it. */
export type IndexEntry = Omit<IndexItem, 'vector'>;

export interface Neighbour extends IndexEntry {
  /**
   * `cosine`: 1 - cosine similarity, 0..2. `l2`: Euclidean distance (not squared), >= 0.
   */
  readonly distance: number;
}

/** Which items; all that is given must hold. Data, so that a database can be asked for it. */
export interface IndexFilter {
  /** These only; none when it is empty. */
  readonly ids?: readonly string[];
  readonly excludeIds?: readonly string[];
  /** Of these groups only; none when it is empty. */
  readonly groups?: readonly string[];
  /** Items without a group pass. */
  readonly excludeGroups?: readonly string[];
}

export interface SearchOptions {
  readonly filter?: IndexFilter;
  /**
   * At most so many neighbours of one group, >= 1: with 1, `k` neighbours are of `k` groups, however many items one of
   * them has. An item without a group stands for itself. Default: no limit.
   */
  readonly perGroup?: number;
}

export interface IndexCapabilities {
  /** False for exhaustive search, true where neighbours may be missed. */
  readonly approximate: boolean;
  /** It can be kept beyond the process. */
  readonly persistent: boolean;
  /** Other processes see what is changed here, and the other way round. */
  readonly shared: boolean;
}

/**
 * Nearest-neighbour search over labelled vectors, in memory or behind a network.
 *
 * Neighbours come nearest first; equal distances are ordered by id, so that results do not depend on insertion
 * order where the search is exhaustive. Vectors that are taken and handed out are copies.
 */
export interface VectorIndex extends AsyncDisposable {
  readonly contract: typeof VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities;
  /** How many items there are, or pass the filter. */
  count(filter?: IndexFilter): Promise<number>;
  /**
   * Adds or replaces, in any number. Grows beyond any initial capacity.
   * @throws IndexError (INDEX_DIMENSION_MISMATCH) when a vector's length is not `dimensions`, or a value is not
   * finite, (INDEX_INVALID) when an id or a group is empty; nothing is added then.
   */
  add(items: readonly IndexItem[]): Promise<void>;
  /** @returns how many of the ids were there. */
  remove(ids: readonly string[]): Promise<number>;
  /** The items with their vectors (normalised if the metric is cosine), in the order of the ids; undefined for who is not there. */
  get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]>;
  /** All items, or those that pass the filter, in ascending order of their ids (by UTF-16 unit), read as they are asked for. */
  entries(filter?: IndexFilter): AsyncIterable<IndexEntry>;
  /**
   * The `k` nearest, fewer when fewer pass, none for a `k` below 1.
   * @throws IndexError (INDEX_DIMENSION_MISMATCH) when the query's length is not `dimensions`, or a value is not finite.
   */
  search(query: Float32Array, k: number, options?: SearchOptions): Promise<readonly Neighbour[]>;
  /** As {@link search}, for several queries in one go; in their order. */
  searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]>;
}
