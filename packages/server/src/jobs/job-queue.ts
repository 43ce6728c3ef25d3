import { createReadStream, existsSync } from 'node:fs';
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolder } from '@fr-stream/backend-node';
import type { Vault } from '@fr-stream/backend-node';
import { messageOf } from '@fr-stream/core';
import { writeWhole } from '@fr-stream/stream/output';
import { ulid } from '../ids.js';
import { hidePasswords } from '../cameras/hide-passwords.js';
import type { SharedModels } from '../cameras/shared-models.js';
import type { PictureCodec } from '../events/event-pictures.js';
import type { Tenant } from '../people/tenant.js';
import type { Job, KeptJob } from './job.js';
import type { JobStore } from './job-store.js';
import { runJob } from './run-job.js';
import type { UploadStore } from './upload-store.js';

export interface JobQueueOptions {
  readonly store: JobStore;
  readonly models: SharedModels;
  readonly codec: PictureCodec;
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** Of the results. */
  readonly folder: string;
  /** Seals the results. */
  readonly vault: Vault;
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
    const file = this.#resultFile(id);
    if (!existsSync(file)) return;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      if (line === '') continue;
      const text = line.startsWith('{') ? line : this.#open(id, line);
      yield `${text}\n`;
    }
  }

  /** Seals results that were written before there was a key. */
  async sealAll(): Promise<void> {
    for (const name of await readdir(this.#options.folder).catch(() => [])) {
      const id = /^(.+)\.jsonl$/.exec(name)?.[1];
      if (id === undefined) continue;
      const file = this.#resultFile(id);
      const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      const sealed = lines.map((line) =>
        line.startsWith('{') ? this.#line(id, JSON.parse(line) as object) : line,
      );
      await writeWhole(file, sealed.map((line) => `${line}\n`).join(''));
    }
  }

  #resultFile(id: string): string {
    return join(this.#options.folder, `${id}.jsonl`);
  }

  /** Sealed lines are base64, which never begins with a brace. */
  #line(id: string, value: object): string {
    const { vault } = this.#options;
    const text = JSON.stringify(value);
    return vault.encrypted
      ? Buffer.from(vault.seal(Buffer.from(text), `job:${id}`)).toString('base64')
      : text;
  }

  #open(id: string, line: string): string {
    return Buffer.from(this.#options.vault.open(Buffer.from(line, 'base64'), `job:${id}`)).toString();
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
    const { store, models, codec, tenants, folder, warn } = this.#options;
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
      const file = this.#resultFile(job.id);
      await makeFolder(folder, 0o700);
      await rm(file, { force: true });
      let notedMs = performance.now();
      let lines = 0;
      await runJob(job, {
        models: models.as(`job:${job.id}`),
        codec,
        tenant,
        signal: AbortSignal.any([abort.signal, this.#abort.signal]),
        write: async (line) => {
          current.job = { ...current.job, lines: ++lines };
          await appendFile(file, `${this.#line(job.id, line)}\n`, { mode: 0o600 });
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
      this.#current = undefined;
    }
    // It lies there in the clear: no longer than it is needed.
    if (this.#options.vault.encrypted && !this.#abort.signal.aborted)
      await this.#options.uploads.remove(job.path).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#working;
  }
}
