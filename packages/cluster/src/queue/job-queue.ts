import { setMaxListeners } from 'node:events';
import { ArgumentError, BackendError, messageOf, type FailedTask, type QueueState } from '@fr-stream/core';
import {
  createPostgresBackend,
  createRedisBackend,
  withBackend,
  type BackendClasses,
  type IQueueBackend,
  type Job,
} from 'bullmq';
import { parseQueueUrl } from './address.js';
import { finished } from './finished.js';
import { HeldTasks } from './held-tasks.js';
import { Suspects } from './suspects.js';
import type { Task } from './task.js';

export interface SubmitOptions {
  /** See `taskId`. */
  readonly id: string;
  /** Lower goes first, from 1. Default 10. */
  readonly priority?: number;
  readonly signal?: AbortSignal;
  /** Do again what was set aside before. Default false: it is told what it failed of. */
  readonly retryFailed?: boolean;
}

export interface WorkOptions {
  /** Tasks at once. */
  readonly concurrency: number;
  /**
   * A worker that does not say for so long that it lives has lost its tasks to others, in milliseconds; it says so three times
   * in that time. Default 15,000.
   */
  readonly lockMs?: number;
  /** As others see it. */
  readonly name: string;
  readonly onError?: (error: Error) => void;
}

/** What a worker was given. */
export interface ReceivedTask {
  readonly id: string;
  /** Whatever lies in the queue; see `readTask`. */
  readonly task: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborted when another worker has it: this one was not heard of for too long. */
  readonly lost: AbortSignal;
  /** Tells those who wait. */
  progress(done: number, of: number): Promise<void>;
}

/** A task at work. */
export interface RunningTask extends ReceivedTask {
  readonly task: Task;
}

export interface TaskWorker {
  /** Takes no more tasks, and ends with those at work. */
  drain(): Promise<void>;
}

/** Tasks that any number of processes give and take: BullMQ, over Redis, Valkey or PostgreSQL. */
export interface JobQueue extends AsyncDisposable {
  /** For messages; without password. */
  readonly shown: string;
  /**
   * Gives a task and waits for what it comes to. One that was done before, under the same id, is not done again.
   * @throws TaskFailedError when it was tried as often as it may be.
   */
  run(task: Task, options: SubmitOptions): Promise<unknown>;
  work(process: (received: ReceivedTask) => Promise<unknown>, options: WorkOptions): TaskWorker;
  state(): Promise<QueueState>;
  /** What was set aside, the latest first. */
  failed(limit: number): Promise<readonly FailedTask[]>;
  /** @returns how many tasks that were set aside wait again. */
  retryFailed(): Promise<number>;
}

/** A task was set aside: it was tried as often as it may be, or took its workers down with it. */
export class TaskFailedError extends BackendError {
  static override readonly kind: string = 'TaskFailedError';
}

/** What is done of a failed task before it is set aside. */
const ATTEMPTS = 3;
const BACKOFF_MS = 500;
/** Who counts them is {@link HeldTasks}: BullMQ does not tell workers that vanished from those that were late. */
const MOST_STALLED = 1_000_000;
/** Results are kept so long for whoever asks again. */
const KEEP_SECONDS = 24 * 3600;
const KEEP_FAILED_SECONDS = 7 * 24 * 3600;
const LOCK_MS = 15_000;

/**
 * Opens a queue.
 * @param url `redis://HOST:PORT`, or `postgres://HOST/DATABASE`; `?queue=NAME` for one of several.
 * @throws ArgumentError, BackendError when nobody answers there.
 */
export async function openQueue(url: string): Promise<JobQueue> {
  const address = parseQueueUrl(url);
  const { name, shown } = address;
  const queue =
    address.kind === 'redis'
      ? new BullQueue(
          withBackend(createRedisBackend),
          { url: address.url, maxRetriesPerRequest: null, connectTimeout: 5000 },
          name,
          shown,
        )
      : new BullQueue(
          withBackend(createPostgresBackend),
          { connectionString: address.url, schema: address.schema, migrate: true, max: 8 },
          name,
          shown,
        );
  try {
    await queue.ready();
    return queue;
  } catch (cause) {
    await queue[Symbol.asyncDispose]().catch(() => undefined);
    if (ArgumentError.isInstance(cause)) throw cause;
    throw new BackendError(
      'BACKEND_LOAD_FAILED',
      `${shown}: the queue cannot be reached: ${messageOf(cause)}`,
      {
        hint: 'Start the server (redis-server, valkey-server or PostgreSQL), or check the address.',
        cause,
      },
    );
  }
}

/** How long to wait for a server's first answer. */
const FIRST_ANSWER_MS = 30_000;

class BullQueue<B extends IQueueBackend, C> implements JobQueue {
  readonly shown: string;
  readonly #classes: BackendClasses<B, C>;
  readonly #connection: C;
  readonly #name: string;
  readonly #queue;
  #events: ReturnType<BullQueue<B, C>['makeEvents']> | undefined;
  readonly #workers = new Set<TaskWorker>();

  constructor(classes: BackendClasses<B, C>, connection: C, name: string, shown: string) {
    this.#classes = classes;
    this.#connection = connection;
    this.#name = name;
    this.shown = shown;
    this.#queue = new classes.Queue<Task, unknown, string>(name, { connection });
    // Told by those who wait; without a listener Node would end the process.
    this.#queue.on('error', () => undefined);
    // One per task that is waited for.
    this.#queue.setMaxListeners(0);
  }

  async ready(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), FIRST_ANSWER_MS);
    });
    try {
      await Promise.race([this.#queue.waitUntilReady(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private makeEvents() {
    const events = new this.#classes.QueueEvents<unknown>(this.#name, { connection: this.#connection });
    events.on('error', () => undefined);
    events.setMaxListeners(0);
    return events;
  }

  async run(task: Task, options: SubmitOptions): Promise<unknown> {
    const { id, priority = 10, signal, retryFailed = false } = options;
    signal?.throwIfAborted();
    this.#events ??= this.makeEvents();
    const events = this.#events;
    await events.waitUntilReady();
    const job = await this.#queue.add(task.kind, task, {
      jobId: id,
      priority,
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: BACKOFF_MS },
      removeOnComplete: { age: KEEP_SECONDS },
      removeOnFail: { age: KEEP_FAILED_SECONDS },
    });
    if (retryFailed && (await job.isFailed())) await job.retry('failed');
    try {
      const reread = async () => this.#queue.getJob(id);
      return await abortable(
        finished(job, () => job.waitUntilFinished(events), reread, signal),
        signal,
      );
    } catch (cause) {
      signal?.throwIfAborted();
      throw new TaskFailedError(
        'BACKEND_RUN_FAILED',
        `set aside after several attempts: ${messageOf(cause)}`,
        {
          hint: `Look at the logs of the workers; "fr-stream jobs --queue ${this.shown.split(' ')[0] ?? ''} --retry" tries again.`,
          cause,
        },
      );
    }
  }

  work(process: (received: ReceivedTask) => Promise<unknown>, options: WorkOptions): TaskWorker {
    const { concurrency, lockMs = LOCK_MS, name, onError } = options;
    const alone = new Suspects(concurrency);
    const held = new HeldTasks(this.#queue, lockMs);
    const worker = new this.#classes.Worker<unknown, unknown, string>(
      this.#name,
      async (job: Job<unknown, unknown, string>, token?: string) => {
        await held.judge(job, token);
        return alone.run(job, token, () =>
          held.hold(job, token, (lost) =>
            process({
              id: job.id ?? '',
              task: job.data,
              attempt: job.attemptsMade + job.stalledCounter + 1,
              lost,
              progress: (done, of) => job.updateProgress({ done, of }),
            }),
          ),
        );
      },
      {
        connection: this.#connection,
        concurrency,
        name,
        lockDuration: lockMs,
        lockRenewTime: lockMs / 3,
        // Redis takes whole milliseconds only; with others no stalled task would ever be given to another worker.
        stalledInterval: Math.ceil(lockMs / 3),
        maxStalledCount: MOST_STALLED,
      },
    );
    alone.onRoom = (room) => (worker.concurrency = room);
    worker.on('error', (error) => onError?.(error));
    worker.on('locksRenewed', ({ jobIds }) => held.renewed(jobIds));
    worker.on('lockRenewalFailed', (ids) => held.lost(ids));
    const running: TaskWorker = {
      drain: async () => {
        this.#workers.delete(running);
        await worker.close();
      },
    };
    this.#workers.add(running);
    return running;
  }

  async state(): Promise<QueueState> {
    const counts = await this.#queue.getJobCounts();
    const workers = await this.#queue.getWorkers();
    const {
      waiting = 0,
      wait = 0,
      prioritized = 0,
      active = 0,
      delayed = 0,
      completed = 0,
      failed = 0,
    } = counts;
    return {
      waiting: waiting + wait + prioritized,
      active,
      delayed,
      completed,
      failed,
      workers: workers.map(({ rawname, name }) => nameOf(rawname ?? name ?? '')).sort(),
    };
  }

  async failed(limit: number): Promise<readonly FailedTask[]> {
    const jobs = await this.#queue.getFailed(0, limit - 1);
    return jobs.map((job) => ({
      id: job.id ?? '',
      ...kindAndName(job.data),
      reason: job.failedReason,
      attempts: job.attemptsMade,
    }));
  }

  async retryFailed(): Promise<number> {
    const { failed = 0 } = await this.#queue.getJobCounts('failed');
    await this.#queue.retryJobs({ state: 'failed' });
    return failed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.drain()));
    await this.#events?.close();
    await this.#queue.close();
  }
}

/** BullMQ hides the name of a connection in a longer one. */
function nameOf(raw: string): string {
  const at = raw.indexOf(':w:');
  return at < 0 ? raw : raw.slice(at + 3);
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: () => void = () => undefined;
  // One per task that is waited for.
  setMaxListeners(0, signal);
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
  });
  // Its end comes after nobody waits any more.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Of what lies in the queue, whoever put it there. */
function kindAndName(data: unknown): Pick<FailedTask, 'kind' | 'name'> {
  const { kind, name } = (data ?? {}) as { readonly kind?: unknown; readonly name?: unknown };
  return {
    kind: typeof kind === 'string' ? kind : 'none',
    name: typeof name === 'string' ? name.slice(0, 200) : '',
  };
}
