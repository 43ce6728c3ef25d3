import { difference, seededNumbers, type Difference } from './compare.js';
import { openOnnx, type FloatArray, type OnnxRunner } from './run-onnx.js';

/** Shape of each graph input for one sample, without the batch: input name -> dimensions. */
export type SampleShapes = Readonly<Record<string, readonly number[]>>;

/**
 * Runs `count` samples one by one through the original and all at once through the batched model, and compares.
 *
 * @returns Per output: the largest difference over all samples.
 */
export async function compareBatch(
  original: Uint8Array,
  batched: Uint8Array,
  shapes: SampleShapes,
  count: number,
): Promise<Record<string, Difference>> {
  await using one = await openOnnx(original);
  await using many = await openOnnx(batched);
  const samples = Array.from({ length: count }, (_, i) => sample(shapes, 1000 + i));
  const together = await many.run(stack(samples, shapes));
  const result: Record<string, Difference> = {};
  for (const [i, feeds] of samples.entries()) {
    const alone = await one.run(feeds);
    for (const [name, reference] of Object.entries(alone)) {
      const found = difference(reference, part(together[name], i, count));
      const worst = result[name];
      if (worst === undefined || !(found.maxAbs <= worst.maxAbs)) result[name] = found;
    }
  }
  return result;
}

/** Random samples, as feeds of a batch of one. */
export function sample(shapes: SampleShapes, seed: number): Record<string, FloatArray> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [
      name,
      {
        dims: [1, ...dims],
        data: seededNumbers(
          seed,
          dims.reduce((a, b) => a * b, 1),
        ),
      },
    ]),
  );
}

/** Feeds of one sample each, as feeds of one batch. */
export function stack(
  samples: readonly Readonly<Record<string, FloatArray>>[],
  shapes: SampleShapes,
): Record<string, FloatArray> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => {
      const size = dims.reduce((a, b) => a * b, 1);
      const data = new Float32Array(size * samples.length);
      samples.forEach((feeds, i) => data.set(feeds[name]?.data ?? [], i * size));
      return [name, { dims: [samples.length, ...dims], data }];
    }),
  );
}

function part(batch: FloatArray | undefined, index: number, count: number): FloatArray {
  if (batch === undefined) return { dims: [], data: new Float32Array() };
  const size = batch.data.length / count;
  return {
    dims: [(batch.dims[0] ?? 0) / count, ...batch.dims.slice(1)],
    data: batch.data.slice(index * size, (index + 1) * size),
  };
}

/** Median milliseconds per sample for each batch size, the sizes taken in turn so that load hits all alike. */
export async function millisecondsPerSample(
  runner: OnnxRunner,
  shapes: SampleShapes,
  batchSizes: readonly number[],
  rounds: number,
): Promise<Map<number, number>> {
  const feeds = batchSizes.map((count) =>
    stack(
      Array.from({ length: count }, (_, i) => sample(shapes, i)),
      shapes,
    ),
  );
  for (const each of feeds) await runner.run(each);
  const times = batchSizes.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, each] of feeds.entries()) {
      const start = performance.now();
      await runner.run(each);
      times[i]?.push((performance.now() - start) / (batchSizes[i] ?? 1));
    }
  }
  return new Map(batchSizes.map((count, i) => [count, median(times[i] ?? [])]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
