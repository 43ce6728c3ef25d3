import { toFrameEvent, type FrameReport, type Sink } from '@fr-stream/core';

export interface FrameLogOptions {
  /** Lines kept; the oldest go when there are more. Default 100,000. */
  readonly capacity?: number;
  /** Whether to keep frames without faces. Default false. */
  readonly all?: boolean;
}

/** Keeps what was seen as the JSON Lines that the command line writes (`fr-stream/faces@1`), for saving as a file. */
export class FrameLog implements Sink<FrameReport> {
  readonly #capacity: number;
  readonly #all: boolean;
  #lines: string[] = [];
  #forgotten = 0;

  constructor({ capacity = 100_000, all = false }: FrameLogOptions = {}) {
    this.#capacity = capacity;
    this.#all = all;
  }

  get size(): number {
    return Math.min(this.#lines.length, this.#capacity);
  }

  /** Lines that were too many to keep. */
  get forgotten(): number {
    return this.#forgotten + this.#lines.length - this.size;
  }

  add(item: FrameReport): void {
    if (item.faces.length === 0 && item.error === undefined && !this.#all) return;
    this.#lines.push(`${JSON.stringify(toFrameEvent(item))}\n`);
    // Seldom, because it moves everything.
    if (this.#lines.length >= 2 * this.#capacity) {
      this.#forgotten += this.#capacity;
      this.#lines = this.#lines.slice(-this.#capacity);
    }
  }

  async write(item: FrameReport): Promise<void> {
    this.add(item);
  }

  toBlob(): Blob {
    return new Blob(this.#lines.slice(-this.#capacity), { type: 'application/x-ndjson' });
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lines = [];
  }
}
