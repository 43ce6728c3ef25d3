import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import {
  LandmarkedDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
  type Image,
  type InferenceSession,
  type ModelCard,
  type Tensor,
} from '@fr-stream/core';
import { DEFAULT_CHAIN, flushTinyWeights, splitPRelu } from '@fr-stream/models';

/** What `OnnxRuntimeBackend` makes of a model. */
function asLoaded(bytes: Uint8Array): Uint8Array {
  const flushed = flushTinyWeights(bytes);
  return process.arch === 'x64' ? splitPRelu(flushed) : flushed;
}

/** Runs of each model of the default chain per frame. */
export interface RunsPerFrame {
  readonly detector: number;
  readonly landmarker: number;
  readonly embedder: number;
}

export interface BareOptions {
  /** Threads that run models side by side. */
  readonly workers: number;
  /** Threads inside each run. */
  readonly intraOpThreads: number;
  /** `published`: the file's very bytes; `loaded`: as the product loads them. */
  readonly weights: 'published' | 'loaded';
}

export interface BareResult {
  readonly fps: number;
  /** CPU milliseconds of the whole process per frame. */
  readonly cpuMs: number;
}

/** What the three models are fed with for a picture with a face. */
export type RecordedInputs = ReadonlyMap<string, Tensor>;

/**
 * Runs the default chain once on a picture and keeps the input tensors: what a run costs depends on what it sees.
 * @throws RangeError when no face is found.
 */
export async function recordInputs(image: Image): Promise<RecordedInputs> {
  const store = new NodeModelStore();
  await using backend = new OnnxRuntimeBackend();
  const inputs = new Map<string, Tensor>();
  const session = async (card: ModelCard): Promise<InferenceSession> => {
    const real = await backend.load(await store.bytes(card));
    const { inputs: infos, outputs, provider } = real;
    return {
      inputs: infos,
      outputs,
      provider,
      run: (feeds, wanted) => {
        const [tensor] = Object.values(feeds);
        inputs.set(card.id, { ...tensor, data: tensor.data.slice() });
        return real.run(feeds, wanted);
      },
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    };
  };
  const { detector, landmarker, embedder } = DEFAULT_CHAIN;
  const chain = new LandmarkedDetector(
    new SessionDetector(detector, await session(detector)),
    new SessionLandmarker(landmarker, await session(landmarker)),
  );
  const [[face]] = await chain.detect([image]);
  if (face === undefined) throw new RangeError('the picture shows no face');
  const aligned = new TemplateAligner().align(image, [face]);
  await new SessionEmbedder(embedder, await session(embedder)).embed(aligned);
  return inputs;
}

/** The models of the default chain on threads that do nothing but run them on tensors in memory. */
export class BareRuns implements AsyncDisposable {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  static async start(inputs: RecordedInputs, runs: RunsPerFrame, options: BareOptions): Promise<BareRuns> {
    const store = new NodeModelStore();
    const { detector, landmarker, embedder } = DEFAULT_CHAIN;
    const pairs: readonly (readonly [ModelCard, number])[] = [
      [detector, runs.detector],
      [landmarker, runs.landmarker],
      [embedder, runs.embedder],
    ];
    const models = await Promise.all(
      pairs.map(async ([card, count]) => {
        const bytes = await store.bytes(card);
        return {
          bytes: options.weights === 'loaded' ? asLoaded(bytes) : bytes,
          input: inputs.get(card.id),
          runs: count,
        };
      }),
    );
    const workers = Array.from(
      { length: options.workers },
      () =>
        new Worker(new URL('./bare-worker.mjs', import.meta.url), {
          workerData: { models, threads: options.intraOpThreads },
        }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return new BareRuns(workers);
  }

  /** Runs what so many frames need, divided among the threads. */
  async measure(frames: number): Promise<BareResult> {
    const each = Math.ceil(frames / this.#workers.length);
    const cpu = process.cpuUsage();
    const started = performance.now();
    await Promise.all(
      this.#workers.map((worker) => {
        const done = once(worker, 'message');
        worker.postMessage(each);
        return done;
      }),
    );
    const ms = performance.now() - started;
    const used = process.cpuUsage(cpu);
    const count = each * this.#workers.length;
    return { fps: (count * 1000) / ms, cpuMs: (used.user + used.system) / 1000 / count };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
