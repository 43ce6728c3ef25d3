import { codeOf } from './failures.js';

/** Standard output or error, and what became of it. */
export class StandardStream {
  readonly stream: NodeJS.WriteStream;
  readonly name: 'stdout' | 'stderr';
  readonly #gone = new AbortController();
  /** For processes that write to it themselves. */
  readonly descriptor: number;
  #failure: Error | undefined;

  constructor(name: 'stdout' | 'stderr') {
    this.name = name;
    this.stream = process[name];
    this.descriptor = name === 'stdout' ? 1 : 2;
    // Without a listener the first failure would end the process with a stack trace.
    this.stream.on('error', (error: Error) => {
      // EIO: the terminal has gone.
      if (['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED', 'EOF'].includes(codeOf(error) ?? ''))
        this.#gone.abort(error);
      else this.#failure ??= error;
    });
  }

  /** Aborted when the reader has gone, as `head` does when it has seen enough. Nothing is written from then on. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Says that the reader has gone; for those who write to it past this object. */
  lose(): void {
    this.#gone.abort();
  }

  /** Why it cannot be written, such as a full disk; a reader that has gone is none. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when what was written is out, or is known to have failed. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone.signal.aborted || this.#failure || this.stream.writableEnded) return resolve();
      this.stream.write('', () => setImmediate(resolve));
    });
  }

  /** Writes, unless nobody reads any more. @returns false when the caller should wait for `drain`. */
  write(text: string | Uint8Array): boolean {
    if (this.#gone.signal.aborted || this.#failure) return true;
    return this.stream.write(text);
  }
}

let output: StandardStream | undefined;
let error: StandardStream | undefined;

/** Standard output; asking for it makes failures of it ours. */
export function standardOutput(): StandardStream {
  output ??= new StandardStream('stdout');
  return output;
}

/** Standard error; asking for it makes failures of it ours. */
export function standardError(): StandardStream {
  error ??= new StandardStream('stderr');
  return error;
}
