import { Worker } from 'node:worker_threads';

/** What a thread is sent: a task and a number, or the wish that it end. `end` is not answered. */
export type ThreadRequest<Task> = (Task & { readonly id: number }) | { readonly id: 0; readonly kind: 'end' };

/** Carries the `id` of the request that it answers. */
export type ThreadAnswer<Result> =
  { readonly id: number; readonly result: Result } | { readonly id: number; readonly error: string };

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that is sent tasks and answers each. It does not keep the process alive while none is under way. */
export class TaskThread<Task extends { readonly kind: string }, Result> {
  readonly #worker: Worker;
  readonly #broken: (reason: string) => Error;
  readonly #waiting = new Map<number, Waiting<Result>>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #ended: Promise<void>;
  #failure: Error | undefined;
  #lastId = 0;

  /**
   * @param script takes a {@link ThreadRequest} as message and gives a {@link ThreadAnswer}.
   * @param broken the error of tasks that the thread can no longer answer.
   */
  constructor(script: URL, broken: (reason: string) => Error) {
    this.#worker = new Worker(script);
    this.#broken = broken;
    this.#worker.on('message', (answer: ThreadAnswer<Result>) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#failAll(error.message));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#failAll('the thread ended');
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Requests that were sent and not answered yet. */
  get load(): number {
    return this.#waiting.size;
  }

  /**
   * @throws Error with the message that the thread's script has caught, or the one of the constructor's `broken` when
   * there is no thread any more.
   */
  send(task: Task): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    const answer = new Promise<Result>((resolve, reject) => {
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
   * Lets the thread finish what it does and end by itself: breaking it off while native code is at work can take the
   * process down.
   */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#pending]);
    this.#worker.ref();
    this.#worker.postMessage({ id: 0, kind: 'end' });
    await this.#ended;
  }

  #settle(answer: ThreadAnswer<Result>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }

  #failAll(reason: string): void {
    this.#failure ??= this.#broken(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
