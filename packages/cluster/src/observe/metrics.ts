import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobQueue } from '../queue/job-queue.js';
import { OtelMetrics } from './otel-metrics.js';
import type { ModelPart } from './timed-engine.js';

/** What a worker says of itself, in Prometheus' format and to OpenTelemetry. */
export class WorkerMetrics implements Disposable {
  readonly #registry = new Registry();
  readonly #tasks: Counter<'kind' | 'outcome'>;
  readonly #seconds: Histogram<'kind'>;
  readonly #frames: Counter;
  readonly #model: Histogram<'part'>;
  readonly #otel: OtelMetrics;
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });

  /** @param worker its name. */
  constructor(queue: Pick<JobQueue, 'state'>, worker: string) {
    this.#otel = new OtelMetrics(queue, worker);
    const registers = [this.#registry];
    this.#tasks = new Counter({
      name: 'fr_stream_tasks_total',
      help: 'Tasks that this worker ended.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'fr_stream_task_seconds',
      help: 'How long a task took.',
      labelNames: ['kind'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
      registers,
    });
    this.#frames = new Counter({
      name: 'fr_stream_frames_total',
      help: 'Frames of video that this worker searched.',
      registers,
    });
    this.#model = new Histogram({
      name: 'fr_stream_model_seconds',
      help: 'How long a call of a model took.',
      labelNames: ['part'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.#delay.enable();
    const delay = this.#delay;
    new Gauge({
      name: 'fr_stream_event_loop_delay_seconds',
      help: 'Longest delay of the event loop since the last time this was asked for: locks are renewed on it.',
      registers,
      collect() {
        this.set(delay.max / 1e9);
        delay.reset();
      },
    });
    new Gauge({
      name: 'fr_stream_queue_tasks',
      help: 'Tasks in the queue, of all workers.',
      labelNames: ['state'],
      registers,
      async collect() {
        const { workers, ...counts } = await queue.state();
        for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
        this.set({ state: 'workers' }, workers.length);
      },
    });
  }

  task(kind: string, outcome: 'done' | 'failed', seconds: number): void {
    this.#tasks.inc({ kind, outcome });
    this.#seconds.observe({ kind }, seconds);
    this.#otel.task(kind, outcome, seconds);
  }

  frames(count: number): void {
    this.#frames.inc(count);
    this.#otel.frames(count);
  }

  model(part: ModelPart, seconds: number): void {
    this.#model.observe({ part }, seconds);
    this.#otel.model(part, seconds);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  [Symbol.dispose](): void {
    this.#otel[Symbol.dispose]();
    this.#delay.disable();
    this.#registry.clear();
  }
}
