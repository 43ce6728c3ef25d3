import { freeBatch, NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import {
  messageOf,
  outputDrift,
  probeInput,
  type ExecutionProvider,
  type InferenceSession,
  type ModelCard,
} from '@fr-stream/core';
import { converter } from '@fr-stream/convert';
import { DEFAULT_CHAIN, MODEL_CARDS } from '@fr-stream/models';
import { availableParallelism } from 'node:os';
import { median } from '../statistics.js';

/** A model on a provider, in batches of one size. */
export interface ModelFigure {
  readonly model: string;
  readonly provider: string;
  readonly batch: number;
  readonly ms?: number;
  readonly perSecond?: number;
  /** Pictures per second over those of the CPU with all cores, each running a picture of its own. */
  readonly againstCpu?: number;
  /** See core's `outputDrift`: against the CPU. */
  readonly drift?: number;
  readonly error?: string;
}

const BATCHES = [1, 2, 4, 8, 16, 32, 64];
const TIMED_MS = 350;
/** Beyond the default chain, those of them that are in the cache. */
const ALSO = ['yunet-2023mar', 'retinaface-mobilenet-v2', 'mobilefacenet-128', 'sface-2021dec'];

async function timed(session: InferenceSession, card: ModelCard, batch: number): Promise<number> {
  const feeds = { [card.input.name ?? session.inputs[0].name]: probeInput(card.input, batch) };
  for (let i = 0; i < 2; i++) await session.run(feeds);
  const times: number[] = [];
  const started = performance.now();
  do {
    const before = performance.now();
    await session.run(feeds);
    times.push(performance.now() - before);
  } while (performance.now() - started < TIMED_MS);
  return median(times);
}

/** Pictures per second with all cores at work, one picture each. */
async function cpuRate(session: InferenceSession, card: ModelCard): Promise<number> {
  const feeds = { [card.input.name ?? session.inputs[0].name]: probeInput(card.input, 1) };
  await session.run(feeds);
  const started = performance.now();
  let runs = 0;
  const chain = async (): Promise<void> => {
    for (; performance.now() - started < TIMED_MS; runs++) await session.run(feeds);
  };
  await Promise.all(Array.from({ length: session.parallelism ?? 1 }, chain));
  return (1000 * runs) / (performance.now() - started);
}

async function cards(store: NodeModelStore): Promise<readonly ModelCard[]> {
  const also = MODEL_CARDS.filter(({ id }) => ALSO.includes(id));
  const there = await Promise.all(also.map((card) => store.has(card)));
  return [...Object.values(DEFAULT_CHAIN), ...also.filter((_, i) => there[i])];
}

/** Each model in batches of 1 to 64 on each provider. */
export async function* measureModels(
  providers: readonly ExecutionProvider[],
  timeIsUp: () => boolean,
): AsyncGenerator<ModelFigure> {
  const store = new NodeModelStore();
  for (const card of await cards(store)) {
    const model = await store.bytes(card);
    const freed = await freeBatch(card, model, () => Promise.resolve(converter));
    const batches = freed.card.input.dynamicBatch === true ? BATCHES : [1];
    await using cpu = new OnnxRuntimeBackend({ workers: 1 });
    const reference = await cpu.load(freed.model, { intraOpThreads: 4 });
    let rate = 0;
    for (const provider of providers) {
      if (timeIsUp()) return;
      const figure = { model: card.id, provider };
      const workers = provider === 'cpu' ? Math.min(16, availableParallelism()) : 1;
      await using backend = new OnnxRuntimeBackend({ workers, logLevel: 'fatal' });
      try {
        const session = await backend.load(freed.model, { providers: [provider], intraOpThreads: 1 });
        if (provider === 'cpu') {
          rate = await cpuRate(session, card);
          yield { ...figure, provider: `cpu, ${workers} threads`, batch: 1, perSecond: rate, againstCpu: 1 };
          continue;
        }
        for (const batch of batches) {
          if (timeIsUp()) return;
          const feeds = { [card.input.name ?? session.inputs[0].name]: probeInput(card.input, batch) };
          const drift = outputDrift(await reference.run(feeds), await session.run(feeds));
          const ms = await timed(session, freed.card, batch);
          const perSecond = (1000 * batch) / ms;
          yield { ...figure, batch, ms, perSecond, againstCpu: perSecond / rate, drift };
        }
      } catch (error) {
        yield { ...figure, batch: 1, error: messageOf(error).split('\n')[0] };
      }
    }
  }
}
