/** What core-bundle.test.ts bundles and runs where there is neither a DOM nor Node. */
import {
  fromSource,
  HnswGraphIndex,
  MemoryGalleryStore,
  runPipeline,
  warpAffine,
  type Frame,
  type FrameSource,
  type Image,
} from '@fr-stream/core';
import { galleryStoreConformance } from '@fr-stream/core/testing';

const image: Image = { format: 'rgb24', width: 8, height: 4, data: new Uint8Array(96).fill(51) };

const source: FrameSource = {
  live: false,
  dropped: 0,
  info: async () => ({ source: 'test' }),
  frames: async function* (): AsyncGenerator<Frame> {
    for (let index = 0; index < 3; index++)
      yield { image, index, timeMs: index, source: 'test', [Symbol.dispose]: () => undefined };
  },
  [Symbol.asyncDispose]: async () => undefined,
};

/** A conformance suite, an index read back, a pipeline and a warp, as text: objects of another realm are strangers. */
export async function useCore(): Promise<string> {
  const suites = galleryStoreConformance({ make: async () => new MemoryGalleryStore() });
  const failed: string[] = [];
  for (const { name, run } of suites)
    await run().catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
  const index = new HnswGraphIndex(2);
  await index.add([
    { id: 'a', vector: Float32Array.of(1, 0) },
    { id: 'b', vector: Float32Array.of(0, 1) },
  ]);
  const [nearest] = await HnswGraphIndex.fromBytes(index.toBytes()).search(Float32Array.of(2, 1), 1);
  const { frames } = await runPipeline(fromSource(source), []);
  const warped = warpAffine(image, [1, 0, 0, 0, 1, 0], 2, 2);
  return JSON.stringify({ suites: suites.length, failed, frames, red: warped.data[0], nearest: nearest?.id });
}
