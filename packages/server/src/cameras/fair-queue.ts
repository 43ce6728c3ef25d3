import { FrStreamError, itemAt } from '@fr-stream/core';

export interface FairQueueOptions {
  /** Batches under way at once, >= 1. */
  readonly concurrency: number;
  /** Most items of a batch, >= 1. */
  readonly batch: number;
  /** More waiting items of one client than this are refused. Default: no limit. */
  readonly mostWaiting?: number;
}

/** More work than can be done in time; whoever asked may ask again. */
export class OverloadError extends FrStreamError {
  constructor() {
    super('ABORTED', 'The server has more to do than it can.', { hint: 'Try again in a moment.' });
  }
}

interface Job<In, Out> {
  readonly item: In;
  /** By `performance.now()`: of no use to anybody any more. */
  readonly expiresMs: number;
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Shares one resource between clients: each in turn puts one item into the next batch, so that a client who asks for
 * much waits for themself and not the others. What fails in a batch is run again alone, so that nobody pays for a
 * neighbour's picture.
 */
export class FairQueue<In, Out> {
  readonly #run: (items: readonly In[]) => Promise<readonly Out[]>;
  readonly #options: FairQueueOptions;
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Job<In, Out>[]>();
  #active = 0;

  constructor(run: (items: readonly In[]) => Promise<readonly Out[]>, options: FairQueueOptions) {
    this.#run = run;
    this.#options = options;
  }

  get waiting(): number {
    let count = 0;
    for (const jobs of this.#waiting.values()) count += jobs.length;
    return count;
  }

  /**
   * @param waitMs what has not begun by then is not done any more.
   * @returns the results in the order of the items. @throws OverloadError, or what the run threw.
   */
  submit(client: string, items: readonly In[], waitMs = Infinity): Promise<Out[]> {
    const expiresMs = performance.now() + waitMs;
    const { mostWaiting = Infinity } = this.#options;
    const own = this.#waiting.get(client) ?? [];
    if (own.length + items.length > mostWaiting) return Promise.reject(new OverloadError());
    const results = items.map(
      (item) => new Promise<Out>((resolve, reject) => own.push({ item, expiresMs, resolve, reject })),
    );
    if (own.length > 0) this.#waiting.set(client, own);
    this.#pump();
    return Promise.all(results);
  }

  #pump(): void {
    while (this.#active < this.#options.concurrency && this.#waiting.size > 0) {
      const batch = this.#next();
      if (batch.length === 0) return;
      this.#active++;
      void this.#runBatch(batch).finally(() => {
        this.#active--;
        this.#pump();
      });
    }
  }

  /** One item of each client in turn; who was served goes to the end of the line. */
  #next(): Job<In, Out>[] {
    const batch: Job<In, Out>[] = [];
    while (batch.length < this.#options.batch) {
      const [longest] = this.#waiting;
      if (longest === undefined) break;
      const [client, jobs] = longest;
      this.#waiting.delete(client);
      const job = jobs.shift();
      if (job !== undefined && job.expiresMs < performance.now()) job.reject(new OverloadError());
      else if (job !== undefined) batch.push(job);
      if (jobs.length > 0) this.#waiting.set(client, jobs);
    }
    return batch;
  }

  async #runBatch(batch: readonly Job<In, Out>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, i) => resolve(itemAt(results, i)));
    } catch (error) {
      for (const job of batch) {
        if (batch.length === 1) job.reject(error);
        else await this.#runBatch([job]);
      }
    }
  }
}
