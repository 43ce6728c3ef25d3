import { COLUMN_GROUP, neighbourGraph, FlatIndex, l2Normalize, RowProducts } from '@fr-stream/core';
import { OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { expect, it } from 'vitest';

/** Numbers that look random, from 0 to 1, the same each time (Park & Miller's minimal standard). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Faces of people with five pictures each: similar to one another by 0.45 to 0.75, to others by no more than chance. */
function faces(count: number, dimensions = 128): Float32Array[] {
  const random = numbersFrom(5);
  const direction = () =>
    l2Normalize(
      Float32Array.from({ length: dimensions }, () => random() + random() + random() + random() - 2),
    );
  let person = direction();
  return Array.from({ length: count }, (_, i) => {
    if (i % 5 === 0) person = direction();
    const change = direction();
    return l2Normalize(person.map((value, d) => value + 0.8 * (change[d] ?? 0)));
  });
}

async function graphs(vectors: readonly Float32Array[], passive?: (face: number) => boolean) {
  const ids = vectors.map((_, i) => String(i).padStart(6, '0'));
  const options = { neighbours: 3, minSimilarity: 0.4, ...(passive && { passive }) };
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  await using index = new FlatIndex(vectors[0]?.length ?? 1);
  await index.add(vectors.map((vector, i) => ({ id: ids[i] ?? '', vector })));
  return [
    await neighbourGraph(products, ids, vectors, options),
    await neighbourGraph(index, ids, vectors, options),
  ] as const;
}

it('multiplies rows with rows', async () => {
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  // (1, 2, -3) and (4, -5, 6), with 128 for zero, by the columns (1, 0, 0), (0, 1, 0), (1, 1, 1), (-2, 0, 63) and zeros.
  const rows = Uint8Array.of(129, 130, 125, 132, 123, 134);
  const columns = new Int8Array(3 * COLUMN_GROUP);
  columns.set([1, 0, 1, -2], 0);
  columns.set([0, 1, 1, 0], COLUMN_GROUP);
  columns.set([0, 0, 1, 63], 2 * COLUMN_GROUP);
  const { all, highest } = await products.multiply(rows, columns, 3, (made) => ({
    all: [...made.all],
    highest: [...made.highest],
  }));
  expect(all.slice(0, 5)).toEqual([1, 2, 0, -2 - 189, 0]);
  expect(all.slice(COLUMN_GROUP, COLUMN_GROUP + 5)).toEqual([4, -5, 5, -8 + 378, 0]);
  expect(highest).toEqual([2, -8 + 378]);
  await expect(products.multiply(rows, columns, 5, () => 0)).rejects.toThrow(/no vectors of 5/);
});

it('finds the very pairs of an exhaustive search', async () => {
  const [fast, exact] = await graphs(faces(5000));
  expect(exact.from.length).toBeGreaterThan(5000);
  expect(fast).toEqual(exact);
});

it('seeks no neighbours of passive faces', async () => {
  const [fast, exact] = await graphs(faces(1000), (face) => face % 2 === 0);
  expect(exact.from.length).toBeGreaterThan(500);
  expect(fast).toEqual(exact);
});
