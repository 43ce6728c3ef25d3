import { SourceError } from '@fr-stream/core';
import type { Decoder } from './decoder.js';
import type { FramePool } from './frame-pool.js';

export interface LiveFrame {
  readonly data: Uint8Array;
  readonly timeMs: number;
  readonly index: number;
  /** By `performance.now()`. */
  readonly arrivedMs: number;
}

export interface LiveReaderOptions {
  /** Milliseconds without a frame after which the stream counts as lost. Default: never. */
  readonly stallMs?: number | undefined;
  readonly onDrop: () => void;
  readonly nextIndex: () => number;
}

/**
 * Reads as fast as frames come and holds only the newest. The camera is never held up: a frame that nobody fetched
 * before the next one came is dropped, and so are frames for which the pool has no buffer.
 */
export class LiveReader {
  #session: Decoder;
  #pool: FramePool;
  #options: LiveReaderOptions;
  #slot: LiveFrame | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #stalled = false;
  #pumping: Promise<void>;

  constructor(session: Decoder, pool: FramePool, options: LiveReaderOptions) {
    this.#session = session;
    this.#pool = pool;
    this.#options = options;
    this.#pumping = this.#pump();
  }

  /** The newest frame each time it is asked, until the stream ends or `signal` aborts. */
  async *newest(signal: AbortSignal): AsyncGenerator<LiveFrame> {
    const onAbort = (): void => this.#wake?.();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const frame = this.#slot;
        if (frame) {
          this.#slot = undefined;
          yield frame;
        } else if (this.#ended) {
          if (this.#stalled) throw new SourceError('INPUT_TRUNCATED', 'the stream fell silent');
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#pumping;
    if (this.#slot) this.#pool.release(this.#slot.data);
    this.#slot = undefined;
  }

  async #pump(): Promise<void> {
    const scratch = new Uint8Array(this.#pool.byteLength);
    for (;;) {
      // The waiting frame keeps its buffer until the new one is whole, so a failed read costs nothing.
      const buffer = this.#pool.tryAcquire();
      const target = buffer ?? scratch;
      if (!(await this.#readInTime(target)) || this.#session.reconfigured) {
        if (buffer) this.#pool.release(buffer);
        break;
      }
      const { arrivedMs, skipped } = this.#session;
      for (let left = skipped; left > 0; left--) {
        this.#options.nextIndex();
        this.#options.onDrop();
      }
      const timeMs = await this.#session.time();
      const index = this.#options.nextIndex();
      const older = this.#slot;
      if (buffer) {
        this.#slot = { data: buffer, timeMs, index, arrivedMs };
        if (older) {
          this.#pool.release(older.data);
          this.#options.onDrop();
        }
      } else if (older) {
        // All buffers are out: the waiting one takes the newer picture.
        older.data.set(scratch);
        this.#slot = { data: older.data, timeMs, index, arrivedMs };
        this.#options.onDrop();
      } else {
        this.#options.onDrop();
      }
      this.#notify();
    }
    this.#ended = true;
    this.#notify();
  }

  async #readInTime(target: Uint8Array): Promise<boolean> {
    const { stallMs } = this.#options;
    if (stallMs === undefined) return this.#session.read(target);
    const timer = setTimeout(() => {
      this.#stalled = true;
      void this.#session[Symbol.asyncDispose]();
    }, stallMs);
    try {
      return await this.#session.read(target);
    } finally {
      clearTimeout(timer);
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
