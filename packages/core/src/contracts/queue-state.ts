/** How many tasks of a queue of many machines are where, and who works. */
export interface QueueState {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly completed: number;
  readonly failed: number;
  /** Names of those that are connected. */
  readonly workers: readonly string[];
}

/** A task that was set aside. */
export interface FailedTask {
  readonly id: string;
  /** Of its task; "none" where it is none. */
  readonly kind: string;
  /** Of its file; empty where it is no task. */
  readonly name: string;
  readonly reason: string;
  readonly attempts: number;
}
