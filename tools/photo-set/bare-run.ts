import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { tileGrid, type InferenceSession, type ModelCard, type Tensor } from '@fr-stream/core';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { mapAhead } from '@fr-stream/stream';
import sharp from 'sharp';

export interface BarePhoto {
  readonly path: string;
  readonly faces: number;
}

/**
 * What cannot be saved: sharp decodes each photo, and the default models run as often as for it, on numbers that mean
 * nothing, in the same pool of threads. No scaling, no decoding of outputs, no alignment, no files, no database.
 * @returns seconds.
 */
export async function bareRun(photos: readonly BarePhoto[], tiles: number): Promise<number> {
  await using backend = new OnnxRuntimeBackend({ workers: availableParallelism() });
  const store = new NodeModelStore();
  const load = async (card: ModelCard): Promise<() => Promise<unknown>> => {
    const session = await backend.load(await store.bytes(card), { intraOpThreads: 1 });
    const feeds = { [session.inputs[0].name]: blank(session) };
    return () => session.run(feeds);
  };
  const [detect, find, embed] = await Promise.all([
    load(DEFAULT_CHAIN.detector),
    load(DEFAULT_CHAIN.landmarker),
    load(DEFAULT_CHAIN.embedder),
  ]);
  await Promise.all([detect(), find(), embed()]);
  const started = performance.now();
  const work = async ({ path, faces }: BarePhoto): Promise<void> => {
    const { info } = await sharp(await readFile(path))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const runs = 1 + (tiles > 1 ? tileGrid(info.width, info.height, tiles, 0.25).length : 0);
    for (let i = 0; i < runs; i++) await detect();
    await Promise.all(Array.from({ length: faces }, async () => find().then(embed)));
  };
  for await (const _ of mapAhead(photos, availableParallelism() + 1, work)) void _;
  return (performance.now() - started) / 1000;
}

function blank({ inputs: [{ dims }] }: InferenceSession): Tensor {
  const sizes = dims.map((dim) => dim ?? 1);
  return { type: 'float32', dims: sizes, data: new Float32Array(sizes.reduce((a, b) => a * b, 1)) };
}
