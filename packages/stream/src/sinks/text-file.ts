import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { SinkError, messageOf } from '@fr-stream/core';
import { claimPart, discard, publish, unwritable } from './temp-file.js';

/**
 * A text output: a file that appears under its name when it is closed, or `-` for standard output, or a stream that
 * the caller owns. `write` resolves when the text is on its way and the receiver can take more.
 */
export class TextOutput implements AsyncDisposable {
  readonly name: string;
  #path: string | undefined;
  #part: string | undefined;
  readonly #partPath: string | undefined;
  #stream: Writable | undefined;
  #failure: Error | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;
  #onError = (error: Error): void => {
    this.#failure ??= error;
  };

  /** @param part where a file grows; default beside it, under `partName`. Must lie on the same disk. */
  constructor(target: string | Writable, part?: string) {
    this.#partPath = part;
    if (typeof target !== 'string') this.#stream = target;
    else if (target === '-') this.#stream = process.stdout;
    else this.#path = target;
    this.name = typeof target !== 'string' ? 'stream' : target === '-' ? 'stdout' : target;
    this.#stream?.on('error', this.#onError);
  }

  /** @throws SinkError (OUTPUT_UNWRITABLE) */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const path = this.#path;
    if (path === undefined) return;
    this.#part = await claimPart(path, this.#partPath);
    const stream = createWriteStream(this.#part);
    stream.on('error', this.#onError);
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => resolve());
      stream.once('error', (cause) => reject(unwritable(path, cause)));
    });
    this.#stream = stream;
  }

  /** @throws SinkError */
  async write(text: string): Promise<void> {
    await this.open();
    const stream = this.#stream;
    if (!stream || this.#closed)
      throw new SinkError('OUTPUT_FAILED', `${this.name}: written to after it was closed`);
    this.#check();
    if (stream.write(text)) return;
    await new Promise<void>((resolve) => {
      // One that failed while nobody wrote says nothing any more.
      if (stream.destroyed) return resolve();
      const settle = (): void => {
        for (const event of ['drain', 'error', 'close']) stream.removeListener(event, settle);
        resolve();
      };
      for (const event of ['drain', 'error', 'close']) stream.once(event, settle);
    });
    this.#check();
  }

  #check(): void {
    if (!this.#failure) return;
    const code = (this.#failure as NodeJS.ErrnoException).code;
    const why: Readonly<Record<string, string>> = {
      EPIPE: 'the reader has gone',
      ENOSPC: 'the disk is full',
    };
    throw new SinkError('OUTPUT_FAILED', `${this.name}: ${why[code ?? ''] ?? messageOf(this.#failure)}`, {
      hint: code === 'ENOSPC' ? 'Free some space and run again.' : 'Check the output and run again.',
      cause: this.#failure,
    });
  }

  /** Completes the file and gives it its name. Streams that are not ours stay open. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.open();
    this.#closed = true;
    const stream = this.#stream;
    if (stream && this.#part !== undefined && this.#path !== undefined) {
      await gone(stream, () => stream.end());
      this.#check();
      await publish(this.#part, this.#path);
      this.#part = undefined;
      return;
    }
    stream?.removeListener('error', this.#onError);
    this.#check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => undefined);
    if (this.#part === undefined) return;
    const stream = this.#stream;
    this.#closed = true;
    if (stream) await gone(stream, () => stream.destroy());
    await discard(this.#part);
    this.#part = undefined;
  }
}

/** Resolves when the stream is closed; one that failed may be so already, and would never say it again. */
function gone(stream: Writable, end: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.once('close', () => resolve());
    end();
  });
}
