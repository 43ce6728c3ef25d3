import { metrics, type Counter, type Histogram, type ObservableResult } from '@opentelemetry/api';
import type { JobQueue } from '../queue/job-queue.js';
import type { ModelPart } from './timed-engine.js';

/** What a worker says of itself to OpenTelemetry; without its SDK (`node --import`) nothing is kept, nor is the queue asked. */
export class OtelMetrics implements Disposable {
  readonly #worker: string;
  readonly #tasks: Counter;
  readonly #seconds: Histogram;
  readonly #frames: Counter;
  readonly #model: Histogram;
  readonly #stop: () => void;
  #count = 0;
  #since = { count: 0, atMs: performance.now() };

  constructor(queue: Pick<JobQueue, 'state'>, worker: string) {
    this.#worker = worker;
    const meter = metrics.getMeter('@fr-stream/cluster');
    this.#tasks = meter.createCounter('fr_stream.tasks', { description: 'Tasks that this worker ended.' });
    this.#seconds = meter.createHistogram('fr_stream.task.duration', {
      description: 'How long a task took.',
      unit: 's',
    });
    this.#frames = meter.createCounter('fr_stream.frames', { description: 'Frames of video searched.' });
    this.#model = meter.createHistogram('fr_stream.model.duration', {
      description: 'How long a call of a model took, its queue among the threads included.',
      unit: 's',
    });
    const depth = meter.createObservableGauge('fr_stream.queue.tasks', {
      description: 'Tasks in the queue, of all workers.',
    });
    const rate = meter.createObservableGauge('fr_stream.frames.rate', {
      description: 'Frames a second that this worker searched since the last time this was asked for.',
      unit: '{frame}/s',
    });
    const askDepth = async (result: ObservableResult): Promise<void> => {
      const { workers, ...counts } = await queue.state();
      for (const [state, count] of Object.entries(counts)) result.observe(count, { state });
      result.observe(workers.length, { state: 'workers' });
    };
    const askRate = (result: ObservableResult): void => {
      const { count, atMs } = this.#since;
      const nowMs = performance.now();
      this.#since = { count: this.#count, atMs: nowMs };
      if (nowMs > atMs) result.observe((1000 * (this.#count - count)) / (nowMs - atMs), { worker });
    };
    depth.addCallback(askDepth);
    rate.addCallback(askRate);
    this.#stop = () => {
      depth.removeCallback(askDepth);
      rate.removeCallback(askRate);
    };
  }

  task(kind: string, outcome: 'done' | 'failed', seconds: number): void {
    this.#tasks.add(1, { kind, outcome, worker: this.#worker });
    this.#seconds.record(seconds, { kind });
  }

  frames(count: number): void {
    this.#count += count;
    this.#frames.add(count, { worker: this.#worker });
  }

  model(part: ModelPart, seconds: number): void {
    this.#model.record(seconds, { part, worker: this.#worker });
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
