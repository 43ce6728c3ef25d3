const PAGE_BYTES = 65_536;

/** One gigabyte. Only what is used takes memory; what does not fit lies elsewhere and is copied in when needed. */
export const MOST_PAGES = 16_384;

/** SIMD loads and stores reach up to 15 bytes beyond what they are asked for. */
const SLACK = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

interface Block {
  readonly at: number;
  readonly size: number;
}

/**
 * The memory in which the kernel works, and in which frames may lie, so that it reads them where they are. It is
 * shared memory: growing it does not detach the views of it, as it would for other memory.
 */
export class PixelMemory {
  readonly memory: WebAssembly.Memory;
  /** Free parts, by place, no two of them adjacent. The first bytes stay unused: address 0 means none. */
  #free: Block[];
  readonly #used = new Map<number, number>();
  readonly #buffers = new WeakSet<ArrayBufferLike>();

  /** @throws RangeError where there is no shared memory. */
  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
    this.#free = [{ at: SLACK, size: PAGE_BYTES - SLACK }];
  }

  /** @returns the address (a multiple of 16) of so many bytes, not zeroed; undefined when there is no more. */
  allocate(bytes: number): number | undefined {
    const size = aligned(bytes + SLACK);
    const found = this.#free.findIndex((block) => block.size >= size);
    if (found < 0) return this.#grow(size) ? this.allocate(bytes) : undefined;
    const { at, size: room } = this.#free[found];
    this.#free.splice(found, 1, ...(room > size ? [{ at: at + size, size: room - size }] : []));
    this.#used.set(at, size);
    return at;
  }

  /** @param at what {@link allocate} returned. */
  free(at: number): void {
    const size = this.#used.get(at);
    if (size === undefined) return;
    this.#used.delete(at);
    this.#add({ at, size });
  }

  /** Whether the bytes lie in this memory, and so have an address: their `byteOffset`. */
  holds(data: Uint8Array | Float32Array): boolean {
    // Each growth makes a new buffer object of the same memory, so the object that `data` has may be an older one.
    return this.#buffers.has(data.buffer);
  }

  /** So many bytes from an address on, to be used at once or for as long as they are allocated. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at, length);
  }

  ints(at: number, length: number): Int32Array {
    return new Int32Array(this.#buffer(), at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#buffer(), at, length);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#buffer(), at, length);
  }

  #buffer(): ArrayBufferLike {
    const { buffer } = this.memory;
    this.#buffers.add(buffer);
    return buffer;
  }

  #grow(bytes: number): boolean {
    const before = this.memory.buffer.byteLength;
    // By a quarter at least, so that it happens seldom.
    const pages = Math.ceil(Math.max(bytes, before / 4) / PAGE_BYTES);
    try {
      this.memory.grow(Math.min(pages, MOST_PAGES - before / PAGE_BYTES));
    } catch {
      return false;
    }
    const added = this.memory.buffer.byteLength - before;
    this.#add({ at: before, size: added });
    return added >= bytes || this.#free.some((block) => block.size >= bytes);
  }

  /** Takes a part back, joined with its free neighbours. */
  #add({ at, size }: Block): void {
    const next = this.#free.findIndex((block) => block.at > at);
    const index = next < 0 ? this.#free.length : next;
    const before = this.#free[index - 1] as Block | undefined;
    const after = this.#free[index] as Block | undefined;
    const joinsBefore = before !== undefined && before.at + before.size === at;
    const joinsAfter = after !== undefined && at + size === after.at;
    const start = joinsBefore ? before.at : at;
    const end = joinsAfter ? after.at + after.size : at + size;
    this.#free.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), {
      at: start,
      size: end - start,
    });
  }
}
