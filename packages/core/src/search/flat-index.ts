import type {
  IndexCapabilities,
  IndexItem,
  Json,
  Metric,
  Neighbour,
  VectorIndex,
} from '../contracts/vector-index.js';
import { IndexError } from '../errors.js';
import { dotProduct, euclideanDistance, l2Normalize } from '../identity/distance.js';

/** @throws IndexError when a vector has the wrong length or holds a value that is not finite. */
export function checkVector(vector: Float32Array, dimensions: number, what: string): void {
  if (vector.length !== dimensions) {
    throw new IndexError(
      'INDEX_DIMENSION_MISMATCH',
      `${what} has ${vector.length} dimensions, the index ${dimensions}.`,
      { hint: 'Vectors of different embedders cannot share an index.' },
    );
  }
  for (let i = 0; i < dimensions; i++) {
    if (!Number.isFinite(vector[i])) {
      throw new IndexError(
        'INDEX_DIMENSION_MISMATCH',
        `${what} holds a value that is not finite, at position ${i}.`,
      );
    }
  }
}

/** What every index asks of items before it adds any. @throws IndexError, as {@link checkVector}, or for an empty id. */
export function checkItems(items: readonly IndexItem[], dimensions: number): void {
  for (const { id, vector } of items) {
    if (id === '') throw new IndexError('INDEX_INVALID', 'An index item needs an id that is not empty.');
    checkVector(vector, dimensions, `Vector "${id}"`);
  }
}

/** Orders neighbours: nearest first, equal distances by id. */
export function byDistance(a: Neighbour, b: Neighbour): number {
  return a.distance - b.distance || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

interface Entry {
  readonly vector: Float32Array;
  readonly metadata: Json | undefined;
}

/** Exhaustive search: exact, in memory, fast enough for some ten thousand vectors, and needs no native code. */
export class FlatIndex implements VectorIndex {
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: false, persistent: false };
  readonly #entries = new Map<string, Entry>();

  constructor(dimensions: number, metric: Metric = 'cosine') {
    this.dimensions = dimensions;
    this.metric = metric;
  }

  get size(): number {
    return this.#entries.size;
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    for (const { id, vector, metadata } of items) {
      this.#entries.set(id, {
        vector: this.metric === 'cosine' ? l2Normalize(vector) : vector.slice(),
        metadata,
      });
    }
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const id of ids) if (this.#entries.delete(id)) removed++;
    return removed;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  vector(id: string): Float32Array | undefined {
    return this.#entries.get(id)?.vector.slice();
  }

  metadata(id: string): Json | undefined {
    return this.#entries.get(id)?.metadata;
  }

  async search(
    query: Float32Array,
    k: number,
    filter?: (id: string) => boolean,
  ): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    const probe = this.metric === 'cosine' ? l2Normalize(query) : query;
    const neighbours: Neighbour[] = [];
    for (const [id, { vector, metadata }] of this.#entries) {
      if (filter !== undefined && !filter(id)) continue;
      const distance =
        this.metric === 'cosine' ? 1 - dotProduct(probe, vector) : euclideanDistance(probe, vector);
      neighbours.push({ id, distance, ...(metadata !== undefined && { metadata }) });
    }
    return neighbours.sort(byDistance).slice(0, k);
  }

  ids(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries.clear();
  }
}
