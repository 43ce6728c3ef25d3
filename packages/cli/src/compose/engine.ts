import { SharpCodec } from '@fr-stream/backend-node';
import { createEngine as createChain, type Engine as Chain } from '@fr-stream/engine';
import { nodePlatform } from './node-platform.js';
import type { EngineOptions } from './options.js';

/** The models of a run, and what reads and writes pictures; whoever made it disposes it. */
export interface Engine extends Chain {
  readonly codec: SharpCodec;
}

/**
 * Fetches (once) and loads the models that the options name.
 * @throws ModelError, BackendError
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const chain = await createChain(options, await nodePlatform(options));
  const codec = new SharpCodec();
  return {
    ...chain,
    codec,
    [Symbol.asyncDispose]: async () => {
      await codec[Symbol.asyncDispose]();
      await chain[Symbol.asyncDispose]();
    },
  };
}
