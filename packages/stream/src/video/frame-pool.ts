import { allocatePixels, releasePixels, type Frame, type Image } from '@fr-stream/core';

/** Hands out frame buffers of one size, a limited number at a time, and takes them back. */
export class FramePool implements Disposable {
  #limit: number;
  readonly byteLength: number;
  #free: Uint8Array[] = [];
  #living = 0;
  #disposed = false;
  #waiting: (() => void)[] = [];

  constructor(limit: number, byteLength: number) {
    this.#limit = limit;
    this.byteLength = byteLength;
  }

  /** Buffers that are out. */
  get living(): number {
    return this.#living;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Allows for more buffers; fewer than before change nothing. */
  grow(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
    for (let free = this.#limit - this.#living; free > 0; free--) this.#waiting.shift()?.();
  }

  /** A buffer, or undefined when the limit is reached. */
  tryAcquire(): Uint8Array | undefined {
    if (this.#living >= this.#limit) return undefined;
    this.#living++;
    return this.#free.pop() ?? allocatePixels(this.byteLength);
  }

  /** Waits for a buffer; undefined when `signal` aborts first. */
  async acquire(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      if (signal?.aborted) return undefined;
      const buffer = this.tryAcquire();
      if (buffer) return buffer;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.push(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    }
  }

  release(buffer: Uint8Array): void {
    this.#living--;
    if (this.#disposed) releasePixels(buffer);
    else this.#free.push(buffer);
    this.#waiting.shift()?.();
  }

  /** Frees the buffers; those that are out are freed when they come back. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#free.forEach(releasePixels);
    this.#free = [];
  }
}

/** A frame whose pixels go back to the pool when it is disposed. */
export class PooledFrame implements Frame {
  readonly image: Image;
  readonly timeMs: number;
  readonly index: number;
  readonly source: string;
  readonly arrivedMs?: number;
  readonly capturedAt?: string;
  #pool: FramePool | undefined;

  constructor(
    pool: FramePool,
    image: Image,
    timeMs: number,
    index: number,
    source: string,
    { arrivedMs, capturedAt }: Pick<Frame, 'arrivedMs' | 'capturedAt'> = {},
  ) {
    this.#pool = pool;
    this.image = image;
    this.timeMs = timeMs;
    this.index = index;
    this.source = source;
    if (arrivedMs !== undefined) this.arrivedMs = arrivedMs;
    if (capturedAt !== undefined) this.capturedAt = capturedAt;
  }

  [Symbol.dispose](): void {
    const pool = this.#pool;
    this.#pool = undefined;
    pool?.release(this.image.data);
  }
}
