export type Metric = 'cosine' | 'l2';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface IndexItem {
  /** Non-empty; adding an id that is already there replaces its vector and metadata. */
  readonly id: string;
  readonly vector: Float32Array;
  readonly metadata?: Json;
}

export interface Neighbour {
  readonly id: string;
  /**
   * `cosine`: 1 - cosine similarity, 0..2. `l2`: Euclidean distance (not squared), >= 0.
   */
  readonly distance: number;
  readonly metadata?: Json;
}

export interface IndexCapabilities {
  /** False for exhaustive search, true where neighbours may be missed. */
  readonly approximate: boolean;
  readonly persistent: boolean;
}

/**
 * Nearest-neighbour search over labelled vectors.
 *
 * Neighbours come nearest first; equal distances are ordered by id, so that results do not depend on insertion
 * order where the search is exhaustive.
 */
export interface VectorIndex extends AsyncDisposable {
  readonly metric: Metric;
  readonly dimensions: number;
  readonly size: number;
  readonly capabilities: IndexCapabilities;
  /**
   * Adds or replaces. Grows beyond any initial capacity.
   * @throws IndexError (INDEX_DIMENSION_MISMATCH) when a vector's length is not `dimensions`, or a value is not
   * finite; nothing is added then.
   */
  add(items: readonly IndexItem[]): Promise<void>;
  /** @returns how many of the ids were there. */
  remove(ids: readonly string[]): Promise<number>;
  has(id: string): boolean;
  /** A copy of the stored vector (normalised if the metric is cosine), or undefined. */
  vector(id: string): Float32Array | undefined;
  /** What was added with the vector; undefined when there was nothing, or no such id. */
  metadata(id: string): Json | undefined;
  /**
   * The `k` nearest (fewer when the index holds fewer), nearest first.
   * @param filter keeps a neighbour when it returns true.
   */
  search(query: Float32Array, k: number, filter?: (id: string) => boolean): Promise<readonly Neighbour[]>;
  /** Every id, in ascending order. */
  ids(): readonly string[];
}
