/**
 * Turns Ctrl-C and SIGTERM into an abort signal, so that outputs are finished properly. A second Ctrl-C ends the
 * process at once.
 */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #handler = (): void => {
    if (this.#abort.signal.aborted) process.exit(130);
    this.#abort.abort(new Error('interrupted'));
    process.stderr.write('\nFinishing the outputs (press Ctrl-C again to quit at once) ...\n');
  };

  constructor() {
    process.on('SIGINT', this.#handler);
    process.on('SIGTERM', this.#handler);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#handler);
    process.off('SIGTERM', this.#handler);
  }
}
