import { Worker } from 'node:worker_threads';
import { BackendError } from '@fr-stream/core';
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-protocol.js';

interface Waiting {
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: Error) => void;
}

/** One thread that loads and runs models. */
export class InferenceThread {
  readonly #worker = new Worker(new URL('../../worker/ort-worker.mjs', import.meta.url));
  readonly #waiting = new Map<number, Waiting>();
  readonly #pending = new Set<Promise<unknown>>();
  #lastId = 0;

  constructor() {
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#failAll(error.message));
    this.#worker.on('exit', () => this.#failAll('the inference thread ended'));
    // Loaded models alone do not keep the process alive; calls under way do.
    this.#worker.unref();
  }

  /** Requests that were sent and not answered yet. */
  get load(): number {
    return this.#waiting.size;
  }

  /** @throws Error with the runtime's own message. */
  send(task: WorkerTask): Promise<WorkerResult> {
    const id = ++this.#lastId;
    const answer = new Promise<WorkerResult>((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...task, id });
    });
    this.#pending.add(answer);
    const done = (): void => void this.#pending.delete(answer);
    answer.then(done, done);
    return answer;
  }

  /**
   * Lets the thread finish what it does and end by itself: breaking it off while the runtime's native code is at work
   * can take the process down.
   */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#pending]);
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.ref();
    this.#worker.postMessage({ id: 0, kind: 'end' });
    await ended;
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new BackendError('BACKEND_RUN_FAILED', `Inference broke off: ${reason}`));
    }
    this.#waiting.clear();
  }
}
