import type { InferenceSession } from '../contracts/inference.js';

/**
 * Reuses input buffers of one length. A buffer belongs to its taker until it is given back; as many exist as runs
 * were ever under way at once.
 */
export class BufferPool {
  readonly #free: Float32Array[] = [];
  readonly #allocate: (length: number) => Float32Array;
  #length = 0;

  /** @param session whose inputs the buffers will be. */
  constructor(session: Pick<InferenceSession, 'allocate'>) {
    this.#allocate = (length) => session.allocate?.(length) ?? new Float32Array(length);
  }

  take(length: number): Float32Array {
    if (length !== this.#length) {
      this.#length = length;
      this.#free.length = 0;
    }
    return this.#free.pop() ?? this.#allocate(length);
  }

  give(buffer: Float32Array): void {
    if (buffer.length === this.#length) this.#free.push(buffer);
  }
}
