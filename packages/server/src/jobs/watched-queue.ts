import type { FailedTask, QueueState } from '@fr-stream/core';

/** A queue of many machines, as far as the page looks at it: `JobQueue` of `@fr-stream/cluster` is one. */
export interface WatchedQueue extends AsyncDisposable {
  /** Without password. */
  readonly shown: string;
  state(): Promise<QueueState>;
  /** What was set aside, the latest first. */
  failed(limit: number): Promise<readonly FailedTask[]>;
  /** @returns how many tasks that were set aside wait again. */
  retryFailed(): Promise<number>;
}

/** Opens the queue that an address names. */
export type OpenWatchedQueue = (url: string) => Promise<WatchedQueue>;

/** Opened when it is first asked for: a queue that is away keeps no server from starting. */
export class QueueWindow implements AsyncDisposable {
  readonly #open: () => Promise<WatchedQueue>;
  #queue: Promise<WatchedQueue> | undefined;

  constructor(open: () => Promise<WatchedQueue>) {
    this.#open = open;
  }

  /** @throws BackendError when nobody answers there; it is tried anew the next time. */
  async get(): Promise<WatchedQueue> {
    const opening = (this.#queue ??= this.#open());
    try {
      return await opening;
    } catch (error) {
      if (this.#queue === opening) this.#queue = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#queue?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
