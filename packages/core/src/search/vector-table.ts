import { distanceKernel, type DistanceKernel } from './distance-kernel.js';

/**
 * Vectors by number, and distances between them in single precision: 1 - dot product or squared Euclidean. Its two
 * implementations give the same numbers to the last bit, so that an index does not depend on where it was built.
 */
export interface VectorTable {
  readonly count: number;
  /** Numbers of vectors to be measured or chosen among. Valid until the next `append`, as are the others. */
  readonly nodes: Int32Array;
  /** Of each of `nodes`. */
  readonly distances: Float32Array;
  /** Which of `nodes` were chosen: their places in it. */
  readonly chosen: Int32Array;
  /** A view, valid until the next `append`; do not change its size. */
  vector(node: number): Float32Array;
  /** Copies a vector in. @returns its number. */
  append(vector: Float32Array): number;
  /** Copies a vector in for {@link PROBE} to mean. */
  setProbe(vector: Float32Array): void;
  /** Fills `distances` for the first `count` of `nodes`. @param from a vector's number, or {@link PROBE}. */
  measure(from: number, count: number): void;
  /**
   * Chooses at most `wanted` of the first `count` of `nodes`, which are sorted by `distances`: one only when it is nearer
   * to the vector that `distances` were measured from than to each that was chosen before. Fills `chosen`.
   * @returns how many
   */
  select(count: number, wanted: number): number;
}

/** Stands for the vector that was given to `setProbe`. */
export const PROBE = -1;

export interface VectorTableOptions {
  readonly dimensions: number;
  /** 1 - dot product; else squared Euclidean. */
  readonly inner: boolean;
  /** The most nodes that are measured or chosen among at once. */
  readonly most: number;
}

/** Sums side by side; the kernel's vectors are padded to a multiple. */
const LANES = 16;

/** In JavaScript: slower by some factor, on every platform. */
export class ScriptVectorTable implements VectorTable {
  readonly nodes: Int32Array;
  readonly distances: Float32Array;
  readonly chosen: Int32Array;
  readonly #dimensions: number;
  readonly #inner: boolean;
  readonly #sums = new Float32Array(LANES);
  #vectors: Float32Array;
  #probe: Float32Array;
  #count = 0;

  constructor({ dimensions, inner, most }: VectorTableOptions) {
    this.#dimensions = dimensions;
    this.#inner = inner;
    this.nodes = new Int32Array(most);
    this.distances = new Float32Array(most);
    this.chosen = new Int32Array(most);
    this.#vectors = new Float32Array(64 * dimensions);
    this.#probe = new Float32Array(dimensions);
  }

  get count(): number {
    return this.#count;
  }

  vector(node: number): Float32Array {
    return this.#vectors.subarray(node * this.#dimensions, (node + 1) * this.#dimensions);
  }

  append(vector: Float32Array): number {
    const at = this.#count * this.#dimensions;
    if (at >= this.#vectors.length) {
      const vectors = new Float32Array(this.#vectors.length * 2);
      vectors.set(this.#vectors);
      this.#vectors = vectors;
    }
    this.#vectors.set(vector, at);
    return this.#count++;
  }

  setProbe(vector: Float32Array): void {
    this.#probe = vector;
  }

  measure(from: number, count: number): void {
    const vector = from === PROBE ? this.#probe : this.vector(from);
    for (let i = 0; i < count; i++) this.distances[i] = this.#distance(vector, this.nodes[i]);
  }

  select(count: number, wanted: number): number {
    const { nodes, distances, chosen } = this;
    let taken = 0;
    for (let i = 0; i < count && taken < wanted; i++) {
      const vector = this.vector(nodes[i]);
      let near = false;
      for (let j = 0; j < taken && !near; j++) {
        near = this.#distance(vector, nodes[chosen[j]]) < distances[i];
      }
      if (!near) chosen[taken++] = i;
    }
    return taken;
  }

  /** The kernel's additions in the kernel's order; storing into a Float32Array rounds as the kernel does. */
  #distance(a: Float32Array, node: number): number {
    const sums = this.#sums.fill(0);
    const b = this.#vectors;
    let at = node * this.#dimensions;
    for (let i = 0; i < a.length; i++, at++) {
      const factor = this.#inner ? 0 : Math.fround(a[i] - b[at]);
      const product = this.#inner ? Math.fround(a[i] * b[at]) : Math.fround(factor * factor);
      sums[i & (LANES - 1)] += product;
    }
    for (let i = 0; i < 4; i++) {
      sums[i] = Math.fround(sums[i] + sums[i + 4]) + Math.fround(sums[i + 8] + sums[i + 12]);
    }
    const total = Math.fround(Math.fround(sums[0] + sums[1]) + Math.fround(sums[2] + sums[3]));
    return this.#inner ? Math.fround(1 - total) : total;
  }
}

const PAGE_BYTES = 65_536;
/** What 32-bit addresses reach. */
const MOST_PAGES = 65_536;

/** In WebAssembly with 128-bit SIMD. */
export class KernelVectorTable implements VectorTable {
  readonly #dimensions: number;
  readonly #inner: number;
  readonly #most: number;
  /** Of one vector, padded with zeros. */
  readonly #bytes: number;
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: DistanceKernel;
  #nodes: Int32Array = new Int32Array();
  #distances: Float32Array = new Float32Array();
  #chosen: Int32Array = new Int32Array();
  #floats: Float32Array = new Float32Array();
  #count = 0;

  /** @throws RangeError where there is no memory for so many. */
  constructor({ dimensions, inner, most }: VectorTableOptions, load: typeof distanceKernel = distanceKernel) {
    this.#dimensions = dimensions;
    this.#inner = inner ? 1 : 0;
    this.#most = Math.ceil(most / LANES) * LANES;
    this.#bytes = Math.ceil(dimensions / LANES) * LANES * 4;
    this.#memory = new WebAssembly.Memory({
      initial: Math.ceil((this.#table + this.#bytes) / PAGE_BYTES),
      maximum: MOST_PAGES,
    });
    this.#kernel = load(this.#memory);
    this.#look();
  }

  get count(): number {
    return this.#count;
  }

  get nodes(): Int32Array {
    return this.#nodes;
  }

  get distances(): Float32Array {
    return this.#distances;
  }

  get chosen(): Int32Array {
    return this.#chosen;
  }

  vector(node: number): Float32Array {
    const at = (this.#table + node * this.#bytes) / 4;
    return this.#floats.subarray(at, at + this.#dimensions);
  }

  /** @throws RangeError when the vectors would take more than four gigabytes, or more than there are. */
  append(vector: Float32Array): number {
    const end = this.#table + (this.#count + 1) * this.#bytes;
    const before = this.#floats.byteLength;
    if (end > before) {
      const wanted = Math.ceil(Math.max(end - before, before / 4) / PAGE_BYTES);
      const room = MOST_PAGES - before / PAGE_BYTES;
      this.#memory.grow(room > 0 ? Math.min(wanted, room) : wanted);
      this.#look();
    }
    this.#floats.set(vector, (end - this.#bytes) / 4);
    return this.#count++;
  }

  setProbe(vector: Float32Array): void {
    this.#floats.set(vector, this.#probe / 4);
  }

  measure(from: number, count: number): void {
    this.#kernel.measure(
      this.#address(from),
      0,
      count,
      this.#table,
      this.#bytes,
      this.#inner,
      this.#most * 4,
    );
  }

  select(count: number, wanted: number): number {
    const most = this.#most * 4;
    return this.#kernel.select(0, most, count, this.#table, this.#bytes, this.#inner, wanted, 2 * most);
  }

  #address(from: number): number {
    return from === PROBE ? this.#probe : this.#table + from * this.#bytes;
  }

  /** Nodes lie first, then distances, what was chosen, the probe, and the vectors. */
  get #probe(): number {
    return this.#most * 12;
  }

  get #table(): number {
    return this.#probe + this.#bytes;
  }

  /** Growing detaches all views. */
  #look(): void {
    const { buffer } = this.#memory;
    this.#nodes = new Int32Array(buffer, 0, this.#most);
    this.#distances = new Float32Array(buffer, this.#most * 4, this.#most);
    this.#chosen = new Int32Array(buffer, this.#most * 8, this.#most);
    this.#floats = new Float32Array(buffer);
  }
}
