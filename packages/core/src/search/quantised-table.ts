import { quantisedDot } from '../identity/quantise.js';
import { quantisedKernel, type QuantisedKernel } from './quantised-kernel.js';

/** Rows that are measured at once. */
const AT_ONCE = 4096;
const PAGE_BYTES = 65_536;
/** What 32-bit addresses reach. */
const MOST_PAGES = 65_536;
/** Values of a row that the kernel takes at once. */
const LANES = 16;
/** What stands for 1 in the probe's 16 bits: sums of 32 bits hold the products of unit vectors of any usual length. */
const ONE = 32_767;

/**
 * Rows of 8-bit integers (see `quantise`) and their dot products with a vector, by a kernel in WebAssembly; where there is
 * none, in JavaScript.
 */
export class QuantisedTable {
  readonly dimensions: number;
  /** A dot product with what a row of `quantise` stands for is off by no more than this. */
  readonly error: number;
  readonly #memory: RowMemory | undefined;
  /** Without a kernel. */
  #rows = new Int8Array();
  #count = 0;

  constructor(dimensions: number, load: typeof quantisedKernel = quantisedKernel) {
    this.dimensions = dimensions;
    try {
      this.#memory = new RowMemory(dimensions, load);
    } catch {
      // No WebAssembly, no SIMD, no memory for it, or a page that forbids compiling it.
    }
    // Of the probe's rounding, times the length of a row (1, and what rounding may add), and of single precision.
    this.error = 1.1 * (0.5 / ONE) * Math.sqrt(dimensions) + 1e-6;
  }

  get count(): number {
    return this.#count;
  }

  /** @param rows one after the other. @throws RangeError where there is no memory for so many. */
  append(rows: Int8Array): void {
    const count = rows.length / this.dimensions;
    if (this.#memory) this.#memory.append(rows, this.#count);
    else {
      const end = this.#count * this.dimensions;
      if (end + rows.length > this.#rows.length) {
        const grown = new Int8Array(Math.max(end + rows.length, 2 * this.#rows.length));
        grown.set(this.#rows);
        this.#rows = grown;
      }
      this.#rows.set(rows, end);
    }
    this.#count += count;
  }

  /**
   * Dot products of a vector with all rows, in units of the rows' values.
   * @param vector unit length.
   * @param visit gets some of them, and the number of the first; valid until it returns.
   */
  dots(vector: Float32Array, visit: (dots: Float32Array, start: number) => void): void {
    this.#memory?.setProbe(vector);
    const scratch = this.#memory ? undefined : new Float32Array(AT_ONCE);
    for (let start = 0; start < this.#count; start += AT_ONCE) {
      const count = Math.min(AT_ONCE, this.#count - start);
      if (scratch === undefined) {
        if (this.#memory) visit(this.#memory.dots(start, count), start);
        continue;
      }
      for (let i = 0; i < count; i++) scratch[i] = quantisedDot(vector, this.#rows, start + i);
      visit(scratch.subarray(0, count), start);
    }
  }
}

/** Products, then the probe, then the rows. */
class RowMemory {
  readonly #dimensions: number;
  /** Of a row, padded with zeros. */
  readonly #bytes: number;
  readonly #table: number;
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: QuantisedKernel;

  constructor(dimensions: number, load: typeof quantisedKernel) {
    this.#dimensions = dimensions;
    this.#bytes = Math.ceil(dimensions / LANES) * LANES;
    this.#table = AT_ONCE * 4 + this.#bytes * 2;
    this.#memory = new WebAssembly.Memory({
      initial: Math.ceil(this.#table / PAGE_BYTES),
      maximum: MOST_PAGES,
    });
    this.#kernel = load(this.#memory);
  }

  append(rows: Int8Array, before: number): void {
    const [bytes, dimensions] = [this.#bytes, this.#dimensions];
    const start = this.#table + before * bytes;
    const end = start + (rows.length / dimensions) * bytes;
    const size = this.#memory.buffer.byteLength;
    if (end > size) {
      const wanted = Math.ceil(Math.max(end - size, size / 4) / PAGE_BYTES);
      const room = MOST_PAGES - size / PAGE_BYTES;
      this.#memory.grow(room > 0 ? Math.min(wanted, room) : wanted);
    }
    const table = new Int8Array(this.#memory.buffer);
    if (bytes === dimensions) table.set(rows, start);
    else
      for (let at = 0, to = start; at < rows.length; at += dimensions, to += bytes)
        table.set(rows.subarray(at, at + dimensions), to);
  }

  setProbe(vector: Float32Array): void {
    const probe = new Int16Array(this.#memory.buffer, AT_ONCE * 4, this.#bytes);
    for (let i = 0; i < vector.length; i++) probe[i] = Math.round(vector[i] * ONE);
  }

  dots(start: number, count: number): Float32Array {
    this.#kernel.dots(AT_ONCE * 4, this.#table + start * this.#bytes, count, this.#bytes, 1 / ONE, 0);
    return new Float32Array(this.#memory.buffer, 0, count);
  }
}
