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
import { DEFAULT_CHAIN, flushTinyWeights, openInput, splitPRelu, type OpenedModel } from '@fr-stream/models';

type Weights = BareOptions['weights'];

/** What `NodeRuntime` and `OnnxRuntimeBackend` make of a model, or its file as it is. */
function asLoaded<Card extends ModelCard>(
  card: Card,
  bytes: Uint8Array,
  weights: Weights,
): OpenedModel<Card> {
  if (weights === 'published') return { card, model: bytes };
  const opened = openInput(card, bytes);
  const flushed = flushTinyWeights(opened.model);
  return { card: opened.card, model: process.arch === 'x64' ? splitPRelu(flushed) : flushed };
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

/** What the three models are fed with for a picture with a face, as published and as loaded. */
export type RecordedInputs = Readonly<Record<Weights, ReadonlyMap<string, Tensor>>>;

/**
 * Runs the default chain once each way on a picture and keeps the input tensors: what a run costs depends on what it sees.
 * @throws RangeError when no face is found.
 */
export async function recordInputs(image: Image): Promise<RecordedInputs> {
  return { published: await recordRun(image, 'published'), loaded: await recordRun(image, 'loaded') };
}

async function recordRun(image: Image, weights: Weights): Promise<ReadonlyMap<string, Tensor>> {
  const store = new NodeModelStore();
  await using backend = new OnnxRuntimeBackend();
  const inputs = new Map<string, Tensor>();
  const load = async <Card extends ModelCard>(published: Card): Promise<[Card, InferenceSession]> => {
    const { card, model } = asLoaded(published, await store.bytes(published), weights);
    const real = await backend.load(model);
    const { inputs: infos, outputs, provider } = real;
    const session: InferenceSession = {
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
    return [card, session];
  };
  const { detector, landmarker, embedder } = DEFAULT_CHAIN;
  const chain = new LandmarkedDetector(
    new SessionDetector(...(await load(detector))),
    new SessionLandmarker(...(await load(landmarker))),
  );
  const [[face]] = await chain.detect([image]);
  if (face === undefined) throw new RangeError('the picture shows no face');
  const aligned = new TemplateAligner().align(image, [face]);
  await new SessionEmbedder(...(await load(embedder))).embed(aligned);
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
        return {
          bytes: asLoaded(card, await store.bytes(card), options.weights).model,
          input: inputs[options.weights].get(card.id),
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
