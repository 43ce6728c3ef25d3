import { wholeNumber } from '../options.js';

/** What a stage of a pipeline needs of frames. */
export interface StageNeeds {
  /** Frames that it works on at once and then hands on. */
  readonly working?: number;
  /** Frames that it keeps back until others have come: without them the pipeline would wait for itself. */
  readonly held?: number;
}

/** Frames under way where nobody says more. */
const LEAST = 4;

/**
 * How many frames may be alive at once. RxJS pushes without back-pressure: the next frame is pulled from a source only
 * while fewer than `limit` are alive, and that is all that bounds a pipeline's memory.
 *
 * Stages declare what they need when their first frame arrives ({@link declareFrames}), so nobody has to add up a
 * pipeline by hand. Several sources may share a budget: then they share its frames.
 */
export class FrameBudget {
  readonly #inFlight: number | undefined;
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<(limit: number) => void>();
  #working = 0;
  #held = 0;
  #alive = 0;

  /**
   * @param inFlight frames under way besides those that stages hold back, >= 1. Default: as many as the stages work on
   * at once, and one that is being read; at least 4.
   * @throws ArgumentError
   */
  constructor(inFlight?: number) {
    this.#inFlight = inFlight === undefined ? undefined : wholeNumber('inFlight', inFlight, 1);
  }

  /** Frames that may be alive at once. Grows while stages declare their needs, and never shrinks. */
  get limit(): number {
    return (this.#inFlight ?? Math.max(LEAST, this.#working + 1)) + this.#held;
  }

  /** Frames that are alive, or about to be read. */
  get alive(): number {
    return this.#alive;
  }

  /** @throws ArgumentError when a number is not whole or negative. */
  declare({ working = 0, held = 0 }: StageNeeds): void {
    this.#working += wholeNumber('working', working, 0);
    this.#held += wholeNumber('held', held, 0);
    for (const listen of this.#listeners) listen(this.limit);
    for (let free = this.limit - this.#alive; free > 0; free--) this.#waiting.shift()?.();
  }

  /** Tells the limit now and whenever it has grown. @returns what ends that. */
  onLimit(listen: (limit: number) => void): () => void {
    this.#listeners.add(listen);
    listen(this.limit);
    return () => void this.#listeners.delete(listen);
  }

  /** Waits for room for one more frame and takes it. @returns false when the signal aborted first. */
  async take(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#alive < this.limit) {
        this.#alive++;
        return true;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const stop = (): void => {
          const at = this.#waiting.indexOf(wake);
          if (at >= 0) this.#waiting.splice(at, 1);
          resolve();
        };
        this.#waiting.push(wake);
        signal.addEventListener('abort', stop, { once: true });
      });
    }
    return false;
  }

  /** Gives back what {@link take} took. */
  give(): void {
    this.#alive--;
    if (this.#alive < this.limit) this.#waiting.shift()?.();
  }
}
