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
import { l2Normalize } from '../identity/distance.js';
import { byDistance, checkItems, checkVector, indexEntry, passes } from './index-items.js';
import { limitedPerGroup } from './per-group.js';

interface Slot {
  readonly id: string;
  readonly group: string | undefined;
  readonly metadata: Json | undefined;
}

/** Exhaustive search: exact, in memory, fast enough for some ten thousand vectors, and needs no native code. */
export class FlatIndex implements VectorIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: false, persistent: false, shared: false };
  readonly #slotOf = new Map<string, number>();
  readonly #slots: Slot[] = [];
  /** Slot after slot, so that a search walks through memory from one end to the other. */
  #rows: Float32Array;

  constructor(dimensions: number, metric: Metric = 'cosine') {
    this.dimensions = dimensions;
    this.metric = metric;
    this.#rows = new Float32Array(16 * dimensions);
  }

  async count(filter?: IndexFilter): Promise<number> {
    const accept = passes(filter);
    if (accept === undefined) return this.#slots.length;
    return this.#slots.reduce((sum, { id, group }) => sum + Number(accept(id, group)), 0);
  }

  async add(items: readonly IndexItem[]): Promise<void> {
    checkItems(items, this.dimensions);
    for (const { id, vector, group, metadata } of items) {
      const slot = this.#slotOf.get(id) ?? this.#slots.length;
      this.#reserve(slot + 1);
      this.#rows.set(this.metric === 'cosine' ? l2Normalize(vector) : vector, slot * this.dimensions);
      this.#slots[slot] = { id, group, metadata };
      this.#slotOf.set(id, slot);
    }
  }

  async remove(ids: readonly string[]): Promise<number> {
    const { dimensions } = this;
    let removed = 0;
    for (const id of ids) {
      const slot = this.#slotOf.get(id);
      if (slot === undefined) continue;
      // The last one takes its place.
      const last = this.#slots.length - 1;
      const moved = this.#slots[last];
      this.#rows.copyWithin(slot * dimensions, last * dimensions, (last + 1) * dimensions);
      this.#rows.fill(0, last * dimensions, (last + 1) * dimensions);
      this.#slots[slot] = moved;
      this.#slotOf.set(moved.id, slot);
      this.#slots.pop();
      this.#slotOf.delete(id);
      removed++;
    }
    return removed;
  }

  async get(ids: readonly string[]): Promise<readonly (IndexItem | undefined)[]> {
    return ids.map((id) => {
      const slot = this.#slotOf.get(id);
      if (slot === undefined) return undefined;
      const { group, metadata } = this.#slots[slot];
      const vector = this.#rows.slice(slot * this.dimensions, (slot + 1) * this.dimensions);
      return { ...indexEntry(id, group, metadata), vector };
    });
  }

  async *entries(filter?: IndexFilter): AsyncGenerator<IndexEntry> {
    const accept = passes(filter);
    for (const id of [...this.#slotOf.keys()].sort()) {
      const slot = this.#slotOf.get(id);
      // It may have been removed since.
      if (slot === undefined) continue;
      const { group, metadata } = this.#slots[slot];
      if (accept === undefined || accept(id, group)) yield indexEntry(id, group, metadata);
    }
  }

  async search(
    query: Float32Array,
    k: number,
    { filter, perGroup }: SearchOptions = {},
  ): Promise<readonly Neighbour[]> {
    checkVector(query, this.dimensions, 'The query');
    if (!(k >= 1)) return [];
    const accept = passes(filter);
    const probe = this.metric === 'cosine' ? l2Normalize(query) : query;
    // All are measured first, and few of them become objects: those not farther than the k-th.
    const distances: number[] = [];
    const slots: number[] = [];
    for (let slot = 0; slot < this.#slots.length; slot++) {
      if (accept !== undefined && !accept(this.#slots[slot].id, this.#slots[slot].group)) continue;
      slots.push(slot);
      distances.push(this.#distance(probe, slot));
    }
    if (perGroup === undefined || !Number.isFinite(perGroup)) {
      const limit = kthSmallest(distances, k);
      return this.#neighbours(slots, distances, limit).sort(byDistance).slice(0, k);
    }
    const limit = perGroup === 1 ? kthSmallest(this.#bestOfGroups(slots, distances), k) : Infinity;
    return limitedPerGroup(this.#neighbours(slots, distances, limit).sort(byDistance), k, perGroup);
  }

  async searchAll(
    queries: readonly Float32Array[],
    k: number,
    options?: SearchOptions,
  ): Promise<readonly (readonly Neighbour[])[]> {
    return Promise.all(queries.map((query) => this.search(query, k, options)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#slotOf.clear();
    this.#slots.length = 0;
    this.#rows = new Float32Array(16 * this.dimensions);
  }

  #reserve(count: number): void {
    const wanted = count * this.dimensions;
    if (wanted <= this.#rows.length) return;
    const rows = new Float32Array(Math.max(wanted, 2 * this.#rows.length));
    rows.set(this.#rows);
    this.#rows = rows;
  }

  #distance(probe: Float32Array, slot: number): number {
    const { dimensions } = this;
    const rows = this.#rows;
    const start = slot * dimensions;
    let sum = 0;
    if (this.metric === 'cosine') {
      for (let i = 0; i < dimensions; i++) sum += probe[i] * rows[start + i];
      // Rounding may push the distance of equal vectors a little below zero.
      return Math.max(0, 1 - sum);
    }
    for (let i = 0; i < dimensions; i++) {
      const difference = probe[i] - rows[start + i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  /** The distance of each group's nearest, and of each item without a group. */
  #bestOfGroups(slots: readonly number[], distances: readonly number[]): number[] {
    const best = new Map<string, number>();
    const single: number[] = [];
    slots.forEach((slot, i) => {
      const { group } = this.#slots[slot];
      if (group === undefined) single.push(distances[i]);
      else best.set(group, Math.min(best.get(group) ?? Infinity, distances[i]));
    });
    return [...single, ...best.values()];
  }

  #neighbours(slots: readonly number[], distances: readonly number[], limit: number): Neighbour[] {
    const found: Neighbour[] = [];
    slots.forEach((slot, i) => {
      if (!(distances[i] <= limit)) return;
      const { id, group, metadata } = this.#slots[slot];
      found.push({ ...indexEntry(id, group, metadata), distance: distances[i] });
    });
    return found;
  }
}

/** The `k`-th smallest of the numbers, infinity when there are fewer: found in one pass, as `k` is small beside them. */
function kthSmallest(values: readonly number[], k: number): number {
  if (values.length < k) return Infinity;
  const wanted = Math.floor(k);
  const least: number[] = [];
  for (const value of values) {
    if (least.length === wanted && value >= least[wanted - 1]) continue;
    let at = least.length;
    while (at > 0 && least[at - 1] > value) at--;
    least.splice(at, 0, value);
    if (least.length > wanted) least.pop();
  }
  return least[wanted - 1];
}
