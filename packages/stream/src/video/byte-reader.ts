import type { Readable } from 'node:stream';

/** Where raw frames come from. */
export interface FrameBytes {
  /** @returns the number of bytes filled; fewer than `target.length` only at the end. One call at a time. */
  fill(target: Uint8Array): Promise<number>;
  /** Frames that were left out before the one that was filled last, where that may be. */
  readonly skipped?: number;
  /** When the frame that was filled last was there, by `performance.now()`, where that is known. */
  readonly arrivedMs?: number;
  /** Gives the connection up; what is awaited ends. */
  close(): void;
}

/**
 * Fills buffers from a pipe. Between two calls the pipe is paused, so that the writer at its other end is stopped
 * by the kernel and nothing piles up here beyond one chunk.
 */
export class ByteReader implements FrameBytes {
  #stream: Readable;
  #rest: Uint8Array | undefined;
  #ended = false;
  #target: Uint8Array | undefined;
  #filled = 0;
  #resolve: ((filled: number) => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.pause();
    stream.on('data', (chunk: Uint8Array) => this.#take(chunk));
    stream.pause();
    const end = (): void => {
      this.#ended = true;
      this.#settle();
    };
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', end);
  }

  close(): void {
    this.#stream.destroy();
  }

  fill(target: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      this.#target = target;
      this.#filled = 0;
      this.#resolve = resolve;
      const rest = this.#rest;
      this.#rest = undefined;
      if (rest) this.#take(rest);
      if (!this.#resolve) return;
      if (this.#ended) this.#settle();
      else this.#stream.resume();
    });
  }

  #take(chunk: Uint8Array): void {
    const target = this.#target;
    if (!target) {
      this.#rest = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
      this.#stream.pause();
      return;
    }
    const wanted = target.length - this.#filled;
    target.set(chunk.length <= wanted ? chunk : chunk.subarray(0, wanted), this.#filled);
    this.#filled += Math.min(wanted, chunk.length);
    if (chunk.length > wanted) this.#rest = chunk.subarray(wanted);
    if (this.#filled === target.length) {
      this.#stream.pause();
      this.#settle();
    }
  }

  #settle(): void {
    const resolve = this.#resolve;
    this.#target = undefined;
    this.#resolve = undefined;
    resolve?.(this.#filled);
  }
}
