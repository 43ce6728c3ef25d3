import type { InferenceSession } from '../contracts/inference.js';

/**
 * Reuses input buffers of one length. A buffer belongs to its taker until it is given back; as many exist as runs
 * were ever under way at once.
 */
export class BufferPool {
  readonly #session: Pick<InferenceSession, 'allocate' | 'free'>;
  #spare: Float32Array[] = [];
  #length = 0;

  /** @param session whose inputs the buffers will be. */
  constructor(session: Pick<InferenceSession, 'allocate' | 'free'>) {
    this.#session = session;
  }

  take(length: number): Float32Array {
    if (length !== this.#length) {
      this.#length = length;
      this.#spare.forEach((buffer) => this.#session.free?.(buffer));
      this.#spare = [];
    }
    return this.#spare.pop() ?? this.#session.allocate?.(length) ?? new Float32Array(length);
  }

  give(buffer: Float32Array): void {
    if (buffer.length === this.#length) this.#spare.push(buffer);
    else this.#session.free?.(buffer);
  }
}
