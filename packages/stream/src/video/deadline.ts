/** A time after which something is done, counted from when it is started. */
export class Deadline implements Disposable {
  readonly #ms: number | undefined;
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param ms undefined: never. */
  constructor(ms: number | undefined, act: () => void) {
    this.#ms = ms;
    this.#act = act;
  }

  /** The first call counts. */
  start(): void {
    if (this.#ms !== undefined) this.#timer ??= setTimeout(this.#act, this.#ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
