import { messageOf } from '@fr-stream/core';
import { ulid } from '../ids.js';
import { hidePasswords } from '../cameras/hide-passwords.js';
import type { SharedModels } from '../cameras/shared-models.js';
import type { PictureCodec } from '../events/event-pictures.js';
import type { Tenant } from '../people/tenant.js';
import type { Job, KeptJob } from './job.js';
import type { JobResults } from './job-results.js';
import type { JobStore } from './job-store.js';
import { runJob } from './run-job.js';
import type { UploadStore } from './upload-store.js';

export interface JobQueueOptions {
  readonly store: JobStore;
  readonly models: SharedModels;
  readonly codec: PictureCodec;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly results: JobResults;
  /** Nothing of an upload stays in the clear for longer than its job takes. */
  readonly encrypted: boolean;
  readonly uploads: UploadStore;
  readonly warn: (message: string, details?: object) => void;
}

const NOTE_MS = 1000;

/** Jobs one after another; what a killed server was at is begun again. */
export class JobQueue implements AsyncDisposable {
  readonly #options: JobQueueOptions;
  readonly #abort = new AbortController();
  #current: { readonly id: string; readonly abort: AbortController; job: KeptJob } | undefined;
  #working: Promise<void> | undefined;
  /** Since the current job began. */
  #forgotten: string[] = [];

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Takes up what is unfinished. */
  resume(): void {
    for (const job of this.#options.store.unfinished())
      if (job.state === 'running') this.#options.store.put({ ...job, state: 'queued', progress: 0 });
    this.#wake();
  }

  add(wanted: Pick<KeptJob, 'gallery' | 'kind' | 'input' | 'path'>): Job {
    const job: KeptJob = {
      ...wanted,
      id: ulid(),
      state: 'queued',
      progress: 0,
      created: new Date().toISOString(),
      frames: 0,
      failed: 0,
      faces: 0,
      lines: 0,
    };
    this.#options.store.put(job);
    this.#wake();
    return job;
  }

  get(id: string): Job | undefined {
    return this.#current?.id === id ? this.#current.job : this.#options.store.get(id);
  }

  list(galleries: readonly string[], limit = 100): readonly Job[] {
    return this.#options.store.list(galleries, limit).map((job) => this.get(job.id) ?? job);
  }

  /** Breaks a job off, or takes it out of the line. */
  cancel(id: string): void {
    const job = this.#options.store.get(id);
    if (job === undefined) return;
    if (job.state === 'queued')
      this.#options.store.put({ ...job, state: 'cancelled', ended: new Date().toISOString() });
    if (this.#current?.id === id) this.#current.abort.abort();
  }

  /** The result so far, a JSON line per finding. */
  async *result(id: string): AsyncGenerator<string> {
    for await (const line of this.#options.results.lines(id)) yield `${line}\n`;
  }

  /** Seals results that were written before there was a key. */
  sealAll(): Promise<void> {
    return this.#options.results.sealAll();
  }

  /** Takes somebody's name out of what was found; out of what is being found, when that has ended. */
  async forgetPerson(gallery: string, personId: string): Promise<void> {
    const { store, results } = this.#options;
    if (this.#current?.job.gallery === gallery) this.#forgotten.push(personId);
    for (const { id } of store.list([gallery], Number.MAX_SAFE_INTEGER))
      if (id !== this.#current?.id) await results.forget(id, personId);
  }

  /** Removes jobs that ended before then, and what they found. */
  async prune(beforeMs: number): Promise<void> {
    const { store, results } = this.#options;
    for (const { id } of store.endedBefore(beforeMs)) {
      await results.remove(id);
      store.remove(id);
    }
  }

  /** Paths that unfinished jobs still need. */
  get needed(): ReadonlySet<string> {
    return new Set(this.#options.store.unfinished().map(({ path }) => path));
  }

  #wake(): void {
    if (this.#abort.signal.aborted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const [next] = this.#options.store.unfinished();
      if (next === undefined) return;
      await this.#do(next);
    }
  }

  async #do(job: KeptJob): Promise<void> {
    const { store, models, codec, tenants, results, warn } = this.#options;
    const abort = new AbortController();
    const current = { id: job.id, abort, job: { ...job, state: 'running' } as KeptJob };
    this.#current = current;
    store.put(current.job);
    const end = (state: KeptJob['state'], error?: string): void =>
      store.put({
        ...current.job,
        state,
        ended: new Date().toISOString(),
        ...(state === 'done' && { progress: 1 }),
        ...(error !== undefined && { error }),
      });
    try {
      const tenant = tenants.get(job.gallery);
      if (tenant === undefined) throw new Error(`the gallery "${job.gallery}" is gone`);
      await results.begin(job.id);
      let notedMs = performance.now();
      let lines = 0;
      await runJob(job, {
        models: models.as(`job:${job.id}`),
        codec,
        tenant,
        signal: AbortSignal.any([abort.signal, this.#abort.signal]),
        write: async (line) => {
          current.job = { ...current.job, lines: ++lines };
          await results.append(job.id, line);
        },
        onProgress: (numbers) => {
          current.job = { ...current.job, ...numbers };
          if (performance.now() - notedMs < NOTE_MS) return;
          notedMs = performance.now();
          store.put(current.job);
        },
      });
      // The server's own end leaves it as running: the next one begins it again.
      if (abort.signal.aborted) end('cancelled');
      else if (!this.#abort.signal.aborted) end('done');
    } catch (error) {
      const reason = hidePasswords(messageOf(error));
      warn('a job failed', { job: job.id, reason });
      if (!this.#abort.signal.aborted) end('failed', reason);
    } finally {
      const forgotten = this.#forgotten;
      this.#forgotten = [];
      this.#current = undefined;
      for (const personId of forgotten) await results.forget(job.id, personId);
    }
    // It lies there in the clear: no longer than it is needed.
    if (this.#options.encrypted && !this.#abort.signal.aborted)
      await this.#options.uploads.remove(job.path).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#working;
  }
}
