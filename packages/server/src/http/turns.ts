import { FairQueue, OverloadError } from '../cameras/fair-queue.js';

export interface TurnsOptions {
  /** Pictures at work at once: as many as there are cores. */
  readonly concurrency: number;
  /** Who would wait longer, as far as can be told, is refused at once. */
  readonly longestWaitMs: () => number;
}

/** Weight of the newest in the mean time of a picture. */
const NEWEST = 0.1;

/**
 * Requests that look at a picture, one after the other from decoding to embedding, on as many cores as there are: of
 * many that are begun together each would end as late as the last.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #queue: FairQueue<() => Promise<unknown>, unknown>;
  /** Of a picture. */
  #meanMs = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#queue = new FairQueue(
      async ([work]) => {
        const began = performance.now();
        const result = await work?.();
        const took = performance.now() - began;
        this.#meanMs = this.#meanMs === 0 ? took : this.#meanMs + NEWEST * (took - this.#meanMs);
        return [result];
      },
      { concurrency: options.concurrency, batch: 1 },
    );
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  /**
   * @param client has its turn with the other clients.
   * @param waitMs what has not begun by then is not done any more.
   * @throws OverloadError, or what the work throws.
   */
  async take<T>(client: string, work: () => Promise<T>, waitMs: number): Promise<T> {
    const { concurrency, longestWaitMs } = this.#options;
    if ((this.#queue.waiting / concurrency) * this.#meanMs > longestWaitMs()) throw new OverloadError();
    // The queue gives back what the work gave.
    return (await this.#queue.submit(client, [work], waitMs))[0] as T;
  }
}
