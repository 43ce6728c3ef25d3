import { DelayedError } from 'bullmq';

/** What is needed of a job of BullMQ. */
interface Job {
  /** Workers that vanished over it. */
  readonly stalledCounter: number;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** When a task that was given back is taken again, at the soonest. */
const LATER_MS = 500;
/** How long a worker keeps room for a suspect that it gave back; another may have taken it. */
const ROOM_MS = 5000;

/**
 * Whether a worker vanished because of a task or beside it is not known: whatever else it was at is suspected as well. So a
 * task over which a worker vanished is done alone in its process, lest one that takes its worker down with it takes others,
 * which are then set aside like itself.
 */
export class Suspects {
  /** Told how many tasks the process may be at; as many as it could, or one. */
  onRoom: (tasks: number) => void = () => undefined;
  readonly #concurrency: number;
  #running = 0;
  #alone = false;
  #room: NodeJS.Timeout | undefined;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Does a task, or gives it back. @throws DelayedError when it was given back: BullMQ knows it. */
  async run<T>(job: Job, token: string | undefined, work: () => Promise<T>): Promise<T> {
    const suspect = job.stalledCounter > 0;
    if (this.#alone || (suspect && this.#running > 0)) {
      if (suspect) this.#makeRoom();
      await job.moveToDelayed(Date.now() + LATER_MS, token);
      throw new DelayedError();
    }
    if (suspect) {
      this.#alone = true;
      this.#makeRoom();
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (suspect) {
        this.#alone = false;
        this.#restore();
      }
    }
  }

  #makeRoom(): void {
    this.onRoom(1);
    clearTimeout(this.#room);
    this.#room = setTimeout(() => {
      if (!this.#alone) this.#restore();
    }, ROOM_MS).unref();
  }

  #restore(): void {
    clearTimeout(this.#room);
    this.onRoom(this.#concurrency);
  }
}
