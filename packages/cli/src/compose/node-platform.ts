import { availableParallelism } from 'node:os';
import { OnnxRuntimeBackend } from '@fr-stream/backend-node';
import type { ModelCard } from '@fr-stream/core';
import type { EnginePlatform } from '@fr-stream/engine';
import { downloadReporter } from '../ui/download.js';
import { freeBatch } from './free-batch.js';
import { createModelStore } from './model-store.js';
import type { EngineOptions } from './options.js';

/** Each worker holds all models (some 30 MB with the default chain); more of them gain nothing on one video. */
const MOST_WORKERS = 8;

/** onnxruntime-node with models from the user's cache folder, fetched with a progress line on stderr. */
export async function nodePlatform(options: EngineOptions): Promise<EnginePlatform> {
  const { device = 'cpu', quiet, acceptLicence } = options;
  const cards = await createModelStore().userCards.list();
  const store = (asked: readonly ModelCard[]) =>
    createModelStore({ ...(acceptLicence === true && { acceptLicences: asked.map(({ id }) => id) }) });
  let models = store([]);
  // On the CPU, whole runs side by side use the cores better than several threads inside each run.
  const threads = options.threads ?? Math.min(MOST_WORKERS, availableParallelism());
  const backend = new OnnxRuntimeBackend(device === 'cpu' ? { workers: threads } : {});
  const sessionOptions = {
    providers: [device],
    ...(device === 'cpu'
      ? { intraOpThreads: 1 }
      : options.threads !== undefined && { intraOpThreads: options.threads }),
  };
  return {
    cards,
    fetch: async (asked) => {
      models = store(asked);
      const progress = downloadReporter(quiet === true);
      try {
        await models.pullAll(asked, { onProgress: progress.update });
      } finally {
        progress.done();
      }
    },
    load: async (card) => {
      const bytes = await models.bytes(card);
      const ready =
        device !== 'cpu' && card.task === 'embedder' ? await freeBatch(card, bytes) : { card, model: bytes };
      return { card: ready.card, session: await backend.load(ready.model, sessionOptions) };
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
