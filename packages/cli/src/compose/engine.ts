import { NodeRuntime, SharpCodec, type SharpCodecOptions } from '@fr-stream/backend-node';
import { createEngine as createChain, type Engine as Chain } from '@fr-stream/engine';
import { downloadReporter } from '../ui/download.js';
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
