import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FrStreamError, SinkError } from '@fr-stream/core/errors';
import { writingFailed } from './failures.js';
import { Output, type OutputTarget } from './output.js';
import type { StandardStream } from './standard-stream.js';

/**
 * A text output: a file that appears under its name when it is closed, or `-` for standard output, or a stream that
 * the caller owns. `write` resolves when the text is on its way and the receiver can take more.
 */
export class TextOutput implements AsyncDisposable {
  readonly name: string;
  readonly #output: Output | undefined;
  #stream: Writable | undefined;
  #standard: StandardStream | undefined;
  #failure: Error | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;
  #end: (() => void) | undefined;
  #onError = (error: Error): void => {
    this.#failure ??= error;
  };

  constructor(target: OutputTarget) {
    if (typeof target === 'string') this.#output = new Output(target);
    else if (target instanceof Output) this.#output = target;
    else this.#stream = target;
    this.name = this.#output?.name ?? 'stream';
    this.#stream?.on('error', this.#onError);
  }

  /** @throws SinkError (OUTPUT_UNWRITABLE) */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const place = await this.#output?.open();
    if (place === undefined) return;
    if (place.kind === 'standard') {
      this.#standard = place.standard;
      this.#stream = place.standard.stream;
      return;
    }
    if (place.kind === 'socket') {
      const { socket } = place;
      this.#stream = socket;
      // The other side may keep its own half open for ever.
      this.#end = () => socket.destroySoon();
    } else {
      const { handle } = place.kind === 'file' ? place.temporary : place;
      this.#stream = handle.createWriteStream();
    }
    this.#stream.on('error', this.#onError);
  }

  /** @throws SinkError */
  async write(text: string): Promise<void> {
    await this.open();
    const stream = this.#stream;
    if (!stream || this.#closed)
      throw new SinkError('OUTPUT_FAILED', `${this.name}: written to after it was closed`);
    this.#check();
    if ((this.#standard ?? stream).write(text)) return;
    await drained(stream);
    this.#check();
  }

  async #commit(output: Output, revised?: (written: string) => AsyncIterable<string>): Promise<void> {
    const place = await output.open();
    if (revised === undefined || place.kind !== 'file') return output.commit();
    let part: string | undefined;
    try {
      part = await output.further('');
      await pipeline(revised(place.temporary.path), createWriteStream(part));
    } catch (cause) {
      await output.commit();
      throw writingFailed(this.name, cause);
    }
    await output.commit(part);
  }

  #check(): void {
    const lost = this.#output?.mayLoseReader === true ? undefined : this.#standard?.gone;
    const failure: unknown =
      this.#failure ?? this.#standard?.failure ?? (lost?.aborted === true ? lost.reason : undefined);
    if (failure !== undefined) throw writingFailed(this.name, failure);
  }

  /**
   * Completes the file and gives it its name. Streams that are not ours stay open.
   * @param revised makes what a file is to hold of what was written, before it gets its name; what goes to a pipe or to
   * standard output is gone and stays as it was. When it fails, the file is what was written.
   */
  async close(revised?: (written: string) => AsyncIterable<string>): Promise<void> {
    if (this.#closed) return;
    await this.open();
    this.#closed = true;
    const stream = this.#stream;
    if (stream && this.#output && !this.#standard) {
      await gone(stream, this.#end ?? (() => stream.end()));
      this.#check();
      await this.#commit(this.#output, revised);
      return;
    }
    if (!this.#standard) stream?.removeListener('error', this.#onError);
    this.#check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#closed = true;
    if (!this.#output) return;
    const stream = this.#stream;
    if (stream && !this.#standard) await gone(stream, () => stream.destroy());
    await this.#output[Symbol.asyncDispose]();
  }
}

/** Resolves when the stream can take more, or has failed. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    // One that failed while nobody wrote says nothing any more.
    if (stream.destroyed) return resolve();
    const settle = (): void => {
      for (const event of ['drain', 'error', 'close']) stream.removeListener(event, settle);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) stream.once(event, settle);
  });
}

/** Resolves when the stream is closed; one that failed may be so already, and would never say it again. */
function gone(stream: Writable, end: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.once('close', () => resolve());
    end();
  });
}

/**
 * Writes a whole file at once: it appears complete or not at all.
 * @param content in one or in pieces.
 * @throws SinkError, and what the output's rules or the pieces throw.
 */
export async function writeOutput(
  target: string | Output,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  await using output = typeof target === 'string' ? new Output(target) : target;
  const place = await output.open();
  try {
    if (place.kind === 'standard') {
      const { standard } = place;
      for await (const piece of piecesOf(content)) {
        if (!standard.write(piece)) await drained(standard.stream);
        if (standard.gone.aborted && !output.mayLoseReader) throw standard.gone.reason;
      }
      if (standard.failure !== undefined) throw standard.failure;
    } else if (place.kind === 'socket') {
      await pipeline(piecesOf(content), place.socket);
    } else {
      const { handle } = place.kind === 'file' ? place.temporary : place;
      await writeFile(handle, content);
      await handle.close();
    }
  } catch (cause) {
    throw FrStreamError.isInstance(cause) ? cause : writingFailed(output.name, cause);
  }
  await output.commit();
}

async function* piecesOf(
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<string | Uint8Array> {
  if (typeof content === 'string' || content instanceof Uint8Array) yield content;
  else yield* content;
}
