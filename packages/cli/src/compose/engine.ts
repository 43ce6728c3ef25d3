import { NodeRuntime, SharpCodec, type SharpCodecOptions } from '@fr-stream/backend-node';
import {
  createEngine as createChain,
  engineFacts,
  type Engine as Chain,
  type EngineFacts,
} from '@fr-stream/engine';
import { downloadReporter } from '../ui/download.js';
import { createModelStore } from './model-store.js';
import type { EngineOptions } from './options.js';

/** The models of a run, and what reads and writes pictures; whoever made it disposes it. */
export interface Engine extends Chain {
  readonly codec: SharpCodec;
}

/**
 * Fetches (once) and loads the models that the options name, on onnxruntime-node.
 * @param codecOptions of what reads pictures.
 * @throws ModelError, BackendError
 */
export async function createEngine(
  options: EngineOptions,
  codecOptions?: SharpCodecOptions,
): Promise<Engine> {
  const { device, threads, acceptLicence, quiet } = options;
  const progress = downloadReporter(quiet === true);
  try {
    const runtime = await NodeRuntime.open({
      converter: async () => (await import('@fr-stream/convert')).converter,
      onProgress: progress.update,
      acceptLicences: acceptLicence === true,
      ...(device !== undefined && { device }),
      ...(threads !== undefined && { threads }),
    });
    const chain = await createChain(options, runtime);
    const codec = new SharpCodec(codecOptions);
    return {
      ...chain,
      codec,
      [Symbol.asyncDispose]: async () => {
        await codec[Symbol.asyncDispose]();
        await chain[Symbol.asyncDispose]();
      },
    };
  } finally {
    progress.done();
  }
}

/** An engine whose models are loaded when they are first asked for: most runs of a library find nothing new. */
export interface LaterEngine extends EngineFacts, AsyncDisposable {
  /** @throws ModelError, BackendError */
  readonly load: () => Promise<Engine>;
  readonly codec: SharpCodec;
}

/** As {@link createEngine}, later. Whoever made it disposes it. @throws ModelError (MODEL_UNKNOWN) */
export async function createEngineLater(options: EngineOptions): Promise<LaterEngine> {
  const facts = engineFacts(options, await createModelStore().userCards.list());
  const codec = new SharpCodec();
  let loading: Promise<Engine> | undefined;
  const load = (): Promise<Engine> => (loading ??= createEngine(options));
  // What was asked for by name and is not to be had is told though nothing be new.
  if (options.device !== undefined || (options.analyze ?? []).length > 0) await load();
  return {
    ...facts,
    codec,
    load,
    [Symbol.asyncDispose]: async () => {
      await codec[Symbol.asyncDispose]();
      // One that could not be loaded has been told of by who asked for it.
      await (await loading?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
