import { DelayedError, UnrecoverableError } from 'bullmq';
import { LATE, verdictOn } from './lost-locks.js';

/** What is needed of a job of BullMQ. */
interface Job {
  readonly id?: string | undefined;
  readonly stalledCounter: number;
  extendLock(token: string, duration: number): Promise<number>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** What is needed of a queue of BullMQ. */
interface Logs {
  addJobLog(id: string, line: string): Promise<unknown>;
  getJobLogs(id: string): Promise<{ readonly logs: readonly string[] }>;
}

interface Held {
  readonly lost: AbortController;
  renewedAt: number;
}

/** The lock of the task ran out while it was at work: another worker has it, or will. */
class LockLostError extends Error {}

/**
 * The tasks that a worker is at. One whose lock ran out is given up, and the queue is told that its worker lives; one over
 * which workers vanished is set aside.
 */
export class HeldTasks {
  readonly #logs: Logs;
  readonly #lockMs: number;
  readonly #held = new Map<string, Held>();

  constructor(logs: Logs, lockMs: number) {
    this.#logs = logs;
    this.#lockMs = lockMs;
  }

  /** The locks of tasks were renewed. */
  renewed(ids: readonly string[]): void {
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held !== undefined) held.renewedAt = performance.now();
    }
  }

  /** Those of others were not: they had run out. */
  lost(ids: readonly string[]): void {
    for (const id of ids) this.#held.get(id)?.lost.abort(new LockLostError('its lock ran out'));
  }

  /**
   * @throws DelayedError when it is first asked who of those that lost it lives.
   * @throws UnrecoverableError when it is set aside.
   */
  async judge(job: Job, token: string | undefined): Promise<void> {
    const { id = '', stalledCounter } = job;
    if (stalledCounter === 0) return;
    const { logs } = await this.#logs.getJobLogs(id);
    const verdict = verdictOn(stalledCounter, logs);
    if (verdict.kind === 'do') return;
    await this.#logs.addJobLog(id, verdict.log);
    if (verdict.kind === 'set aside') throw new UnrecoverableError(verdict.reason);
    await job.moveToDelayed(Date.now() + this.#lockMs, token);
    throw new DelayedError();
  }

  /** @param work is given a signal that tells when the task is another's. */
  async hold<T>(job: Job, token: string | undefined, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const { id = '' } = job;
    const held: Held = { lost: new AbortController(), renewedAt: performance.now() };
    this.#held.set(id, held);
    try {
      return await work(held.lost.signal);
    } finally {
      if (this.#held.get(id) === held) this.#held.delete(id);
      await this.#tellIfLate(job, token, held);
    }
  }

  async #tellIfLate(job: Job, token: string | undefined, { lost, renewedAt }: Held): Promise<void> {
    try {
      // It may have run out, and the work have ended, before anything could be heard of it.
      const long = performance.now() - renewedAt > this.#lockMs / 2;
      const late = lost.signal.aborted || (long && !(await job.extendLock(token ?? '', this.#lockMs)));
      if (late) await this.#logs.addJobLog(job.id ?? '', LATE);
    } catch {
      // The queue does not answer, or the task was removed from it: the work's own end is told.
    }
  }
}
