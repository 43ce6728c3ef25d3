import { rmSync } from 'node:fs';
import { standardError } from '@fr-stream/stream/output';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Turns Ctrl-C, SIGTERM and the end of the terminal (SIGHUP) into an abort signal, so that outputs are finished
 * properly. A second Ctrl-C ends the process at once.
 */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];
  #interrupted = false;

  readonly #word: string;

  /**
   * @param enough also ends the work, without a word: what it makes is of no use any more.
   * @param word what is said when somebody ends the work.
   */
  constructor(enough?: AbortSignal, word = 'Finishing the outputs (press Ctrl-C again to quit at once) ...') {
    this.#word = word;
    this.#handlers = SIGNALS.map((signal) => [signal, () => this.#on(signal)] as const);
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
    if (enough?.aborted === true) this.#abort.abort();
    enough?.addEventListener('abort', () => this.#abort.abort(), { once: true });
  }

  #on(signal: NodeJS.Signals): void {
    // A terminal that closes says so more than once, and service managers may repeat themselves.
    if (this.#interrupted && signal === 'SIGINT') process.exit(130);
    if (this.#interrupted) return;
    this.#interrupted = true;
    this.#abort.abort(new Error('interrupted'));
    standardError().write(`\n${this.#word}\n`);
  }

  /** Aborted when the work is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether somebody has ended the work before its time. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }
}

/** Lets a signal end the process as it would, but without what it has begun in a folder of its own. */
export class RemoveOnSignal implements Disposable {
  readonly #handler: (signal: NodeJS.Signals) => void;
  #waits = false;

  constructor(folder: string) {
    this.#handler = (signal) => {
      if (this.#waits) return;
      rmSync(folder, { recursive: true, force: true });
      this[Symbol.dispose]();
      // Not `process.exit`, which would wait for a pipe that nobody writes to.
      process.kill(process.pid, signal);
    };
    for (const signal of SIGNALS) process.on(signal, this.#handler);
  }

  /** From here on nothing may be left half done: signals are passed over. */
  wait(): void {
    this.#waits = true;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#handler);
  }
}
