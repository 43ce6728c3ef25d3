import { ArgumentError } from '../errors.js';

/** Checks that time does not run backwards and learns the usual spacing of updates. */
export class Clock {
  #timeMs: number | undefined;
  #stepMs = 40;

  /** Typical time between updates in milliseconds: an exponential mean, so that variable rates are followed. */
  get stepMs(): number {
    return this.#stepMs;
  }

  get timeMs(): number | undefined {
    return this.#timeMs;
  }

  /** @throws ArgumentError when `timeMs` is not finite or lies before the last. */
  advance(timeMs: number): void {
    if (!Number.isFinite(timeMs)) throw new ArgumentError(`frame time is ${timeMs} ms`);
    if (this.#timeMs !== undefined) {
      if (timeMs < this.#timeMs) {
        throw new ArgumentError(`frame time went back from ${this.#timeMs} to ${timeMs} ms`, {
          hint: "Feed frames in presentation order, or call reset('seek') first.",
        });
      }
      this.#stepMs += 0.1 * (Math.min(timeMs - this.#timeMs, 1000) - this.#stepMs);
    }
    this.#timeMs = timeMs;
  }

  restart(): void {
    this.#timeMs = undefined;
  }
}
