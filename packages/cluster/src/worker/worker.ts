import { hostname } from 'node:os';
import type { MediaLibrary, PhotoLibrary } from '@fr-stream/core';
import type { OpenUrl } from '../files/read-ref.js';
import type { Shares } from '../files/shares.js';
import { WorkerMetrics } from '../observe/metrics.js';
import { timedEngine } from '../observe/timed-engine.js';
import { traced } from '../observe/trace.js';
import { searchPhotoTask } from '../photos/search-photo-task.js';
import type { JobQueue, RunningTask, ReceivedTask } from '../queue/job-queue.js';
import { readTask } from '../queue/read-task.js';
import { searchChunkTask } from '../videos/search-chunk-task.js';
import { EnginePool, type CreateEngine } from './worker-engine.js';

export interface WorkerOptions {
  readonly queue: JobQueue;
  readonly createEngine: CreateEngine;
  readonly shares: Shares;
  /** Where results are kept by those tasks that ask for it. */
  readonly library?: PhotoLibrary | MediaLibrary;
  /** How ffmpeg is given signed addresses. Default: in its command line. */
  readonly openUrl?: OpenUrl;
  /** Tasks at once: photos overlap reading, decoding and inference. Default 2. */
  readonly concurrency?: number;
  readonly lockMs?: number;
  readonly onTask?: (task: RunningTask, outcome: 'done' | 'failed', seconds: number) => void;
  readonly onError?: (error: Error) => void;
}

/** A process that takes tasks from a queue until it is told to end. */
export class Worker implements AsyncDisposable {
  readonly metrics: WorkerMetrics;
  /** As others see it. */
  readonly name: string;
  readonly #options: WorkerOptions;
  readonly #engines: EnginePool;
  readonly #stop = new AbortController();
  readonly #worker;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.name = `${hostname()}-${process.pid}`;
    this.metrics = new WorkerMetrics(options.queue, this.name);
    this.#engines = new EnginePool(options.createEngine);
    const { concurrency = 2, lockMs, onError, queue } = options;
    this.#worker = queue.work((running) => this.#process(running), {
      concurrency,
      name: this.name,
      ...(lockMs !== undefined && { lockMs }),
      ...(onError !== undefined && { onError }),
    });
  }

  async #process(received: ReceivedTask): Promise<unknown> {
    const running = this.#read(received);
    const { task } = running;
    const { shares, library, openUrl, onTask } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, running.lost]);
    const started = performance.now();
    const tell = (outcome: 'done' | 'failed'): void => {
      const seconds = (performance.now() - started) / 1000;
      this.metrics.task(task.kind, outcome, seconds);
      onTask?.(running, outcome, seconds);
    };
    try {
      const result = await traced(
        `fr-stream ${task.kind}`,
        task.trace,
        { 'fr_stream.task': running.id, 'fr_stream.attempt': running.attempt },
        () =>
          this.#engines.use(task.engine, (own): Promise<unknown> => {
            const engine = timedEngine(own, (part, taken) => this.metrics.model(part, taken));
            const context = { engine, shares, library, openUrl, signal };
            switch (task.kind) {
              case 'photo':
                return searchPhotoTask(task, context);
              case 'chunk':
                return searchChunkTask(task, context, running, (frames) => this.metrics.frames(frames));
            }
          }),
      );
      tell('done');
      return result;
    } catch (error) {
      tell('failed');
      throw error;
    }
  }

  /** @throws ArgumentError when it is no task. */
  #read(received: ReceivedTask): RunningTask {
    try {
      return { ...received, task: readTask(received.task) };
    } catch (error) {
      this.metrics.task('none', 'failed', 0);
      if (error instanceof Error) this.#options.onError?.(error);
      throw error;
    }
  }

  /** Takes no more tasks, ends with those at work, and gives its models back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.drain();
    this.#stop.abort();
    await this.#engines[Symbol.asyncDispose]();
    this.metrics[Symbol.dispose]();
  }
}
