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
import { l2Normalize, normalizeInPlace } from '../identity/distance.js';
import { byDistance, checkItems, checkVector, indexEntry, passes } from './index-items.js';
import { NearestGroups } from './nearest-groups.js';
import { limitedPerGroup } from './per-group.js';
import { KernelVectorTable, PROBE } from './vector-table.js';

/** So many vectors make up for compiling the kernel. */
const KERNEL_FROM = 128;
/** Vectors that the kernel measures in one go. */
const AT_ONCE = 4096;
/** How far the kernel's cosine distances, in single precision, may be off; some ten times what was seen. */
const KERNEL_ERROR = 1e-5;

interface Slot {
  readonly id: string;
  readonly group: string | undefined;
  readonly metadata: Json | undefined;
}

/**
 * Exhaustive search: exact, in memory, and needs no native code. For cosine distance a kernel in WebAssembly looks through
 * all vectors, where there is one, and those that may be among the nearest are measured again in double precision: some
 * 20 ms for 100,000 vectors of 512 dimensions.
 */
export class FlatIndex implements VectorIndex {
  readonly contract = VECTOR_INDEX_CONTRACT;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly capabilities: IndexCapabilities = { approximate: false, persistent: false, shared: false };
  readonly #slotOf = new Map<string, number>();
  readonly #slots: Slot[] = [];
  /** Slot after slot, so that a search walks through memory from one end to the other. */
  #rows: Float32Array;
  /** Takes the place of the rows when there are many; null where there is no kernel. */
  #table: KernelVectorTable | null | undefined;

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
      this.#put(slot, vector);
      // Where it lies: a copy of each vector would be garbage of the size of all of them.
      if (this.metric === 'cosine') normalizeInPlace(this.#vector(slot));
      this.#slots[slot] = { id, group, metadata };
      this.#slotOf.set(id, slot);
    }
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const id of ids) {
      const slot = this.#slotOf.get(id);
      if (slot === undefined) continue;
      // The last one takes its place.
      const last = this.#slots.length - 1;
      const moved = this.#slots[last];
      this.#vector(slot).set(this.#vector(last));
      this.#vector(last).fill(0);
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
      const vector = this.#vector(slot).slice();
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
    const table = this.#table;
    if (table && (perGroup === 1 || perGroup === undefined || !Number.isFinite(perGroup))) {
      const slots = this.#likely(table, probe, k, perGroup === 1, accept);
      const distances = slots.map((slot) => this.#distance(probe, slot));
      const sorted = this.#neighbours(slots, distances, Infinity).sort(byDistance);
      return perGroup === 1 ? limitedPerGroup(sorted, k, 1) : sorted.slice(0, k);
    }
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
    this.#table = undefined;
  }

  #vector(slot: number): Float32Array {
    return this.#table
      ? this.#table.vector(slot)
      : this.#rows.subarray(slot * this.dimensions, (slot + 1) * this.dimensions);
  }

  #put(slot: number, vector: Float32Array): void {
    if (slot >= KERNEL_FROM && this.#table === undefined && this.metric === 'cosine') {
      this.#table = this.#inKernel(slot);
    }
    const table = this.#table;
    // Of what was removed the places are left.
    if (table && slot === table.count) table.append(vector);
    else {
      if (!table) this.#reserve(slot + 1);
      this.#vector(slot).set(vector);
    }
  }

  #inKernel(count: number): KernelVectorTable | null {
    try {
      const { dimensions } = this;
      const table = new KernelVectorTable({ dimensions, inner: true, most: AT_ONCE });
      for (let slot = 0; slot < count; slot++) table.append(this.#vector(slot));
      this.#rows = new Float32Array();
      return table;
    } catch {
      // No WebAssembly, no SIMD, no memory for it, or a page that forbids compiling it.
      return null;
    }
  }

  /** The slots of all that may be among the `k` nearest, or in the `k` nearest groups. */
  #likely(
    table: KernelVectorTable,
    probe: Float32Array,
    k: number,
    byGroup: boolean,
    accept: ReturnType<typeof passes>,
  ): number[] {
    const wanted = Math.floor(k);
    const measured = new Float32Array(this.#slots.length);
    const nearest = new NearestGroups(wanted);
    table.setProbe(probe);
    for (let start = 0; start < measured.length; start += AT_ONCE) {
      const count = Math.min(AT_ONCE, measured.length - start);
      const { nodes, distances } = table;
      for (let i = 0; i < count; i++) nodes[i] = start + i;
      table.measure(PROBE, count);
      for (let i = 0; i < count; i++) {
        const slot = start + i;
        const distance = distances[i];
        measured[slot] = distance;
        if (distance > nearest.limit) continue;
        const { id, group } = this.#slots[slot];
        if (accept !== undefined && !accept(id, group)) continue;
        nearest.add(byGroup && group !== undefined ? group : slot, distance);
      }
    }
    const limit = nearest.limit + 2 * KERNEL_ERROR;
    const slots: number[] = [];
    const bests = new Map<string, number>();
    for (let slot = 0; slot < measured.length; slot++) {
      if (measured[slot] > limit) continue;
      const { id, group } = this.#slots[slot];
      if (accept !== undefined && !accept(id, group)) continue;
      slots.push(slot);
      if (byGroup && group !== undefined)
        bests.set(group, Math.min(bests.get(group) ?? Infinity, measured[slot]));
    }
    if (bests.size === 0) return slots;
    // Of fewer groups than are wanted all items are near enough, and only the nearest of each may count.
    return slots.filter((slot) => {
      const { group } = this.#slots[slot];
      return group === undefined || measured[slot] <= (bests.get(group) ?? Infinity) + 2 * KERNEL_ERROR;
    });
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
    const rows = this.#table ? this.#table.vector(slot) : this.#rows;
    const start = this.#table ? 0 : slot * dimensions;
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
