import type { Engine, ProfileName } from '@fr-stream/engine';
import type { PhotoCodec } from '@fr-stream/stream';

/** Which models a worker is to load, by their ids: all that JSON can say of `EngineOptions`. */
export interface RemoteEngineOptions {
  readonly profile?: ProfileName;
  readonly detector?: string;
  readonly embedder?: string;
  readonly landmarker?: string;
  readonly detectorSize?: number;
  readonly accurate?: boolean;
  readonly tiles?: number;
  readonly rotationRetry?: boolean;
}

export type WorkerEngine = Engine & { readonly codec: PhotoCodec };

export type CreateEngine = (options: RemoteEngineOptions) => Promise<WorkerEngine>;

/** Engines loaded at once: each holds its models in memory. */
const MOST_ENGINES = 2;

interface Held {
  readonly engine: Promise<WorkerEngine>;
  users: number;
  usedAt: number;
}

/** The models of a worker, loaded when a task first asks for them. */
export class EnginePool implements AsyncDisposable {
  readonly #create: CreateEngine;
  readonly #engines = new Map<string, Held>();

  constructor(create: CreateEngine) {
    this.#create = create;
  }

  async use<T>(options: RemoteEngineOptions, work: (engine: WorkerEngine) => Promise<T>): Promise<T> {
    const key = JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
    const held = this.#engines.get(key) ?? { engine: this.#create(options), users: 0, usedAt: 0 };
    this.#engines.set(key, held);
    held.users++;
    held.usedAt = performance.now();
    try {
      return await work(await held.engine);
    } catch (error) {
      // What could not be loaded is tried anew the next time.
      if (
        await held.engine.then(
          () => false,
          () => true,
        )
      )
        this.#engines.delete(key);
      throw error;
    } finally {
      held.users--;
      await this.#leaveFew();
    }
  }

  async #leaveFew(): Promise<void> {
    const idle = [...this.#engines].filter(([, { users }]) => users === 0);
    idle.sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key, { engine }] of idle.slice(0, Math.max(0, this.#engines.size - MOST_ENGINES))) {
      this.#engines.delete(key);
      await (await engine)[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const engines = [...this.#engines.values()];
    this.#engines.clear();
    for (const { engine } of engines) await (await engine.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
