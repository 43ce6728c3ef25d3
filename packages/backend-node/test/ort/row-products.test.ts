import {
  COLUMN_GROUP,
  dotProduct,
  FlatIndex,
  l2Normalize,
  likeAny,
  neighbourGraph,
  RowProducts,
  type KeptNeighbours,
} from '@fr-stream/core';
import {
  loadNeighbours,
  OnnxRuntimeBackend,
  removeNeighbours,
  saveNeighbours,
} from '@fr-stream/backend-node';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

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
  const visited: number[][] = [];
  await products.visitAtLeast(5, rows, columns, 3, (...found) => visited.push(found));
  expect(visited).toEqual([
    [1, 2, 5],
    [1, 3, -8 + 378],
  ]);
  await products.visitAtLeast(371, rows, columns, 3, (...found) => visited.push(found));
  expect(visited).toHaveLength(2);
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

it('compares only what is new, and finds the very pairs of comparing all', async () => {
  const vectors = faces(1300);
  const name = (i: number): string => `f${String(i).padStart(5, '0')}`;
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  const multiply = vi.spyOn(products, 'visitAtLeast');
  let known: KeptNeighbours | undefined;
  const work = (): number =>
    multiply.mock.calls.reduce(
      (sum, [, rows, columns, d]) => sum + (rows.length / d) * (columns.length / d),
      0,
    );
  const graph = async (numbers: readonly number[], passive: (i: number) => boolean, remembered = true) => {
    const ids = numbers.map(name);
    const own = numbers.map((i) => vectors[i] ?? new Float32Array());
    multiply.mockClear();
    return neighbourGraph(products, ids, own, {
      neighbours: 3,
      minSimilarity: 0.4,
      passive: (face) => passive(numbers[face] ?? 0),
      ...(remembered && { memory: { known, keep: (found) => (known = found) } }),
    });
  };
  const both = async (numbers: readonly number[], passive: (i: number) => boolean): Promise<number> => {
    const found = await graph(numbers, passive);
    const done = work();
    expect(found).toEqual(await graph(numbers, passive, false));
    expect(found.from.length).toBeGreaterThan(100);
    return done / work();
  };
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  expect(await both(range(0, 1000), (i) => i % 7 === 0)).toBe(1);
  expect(await both(range(0, 1000), (i) => i % 7 === 0)).toBe(0);
  // Some have become somebody's, and come back.
  expect(await both(range(0, 1000), (i) => i % 3 === 0)).toBeLessThan(0.4);
  expect(await both(range(0, 1000), (i) => i % 7 === 0)).toBe(0);
  // New ones, of which every seventh is somebody's; these are only looked for, and found.
  expect(await both(range(0, 1050), (i) => i % 7 === 0)).toBeLessThan(0.5);
  // From full lists some have gone, so that others move up.
  expect(await both([...range(0, 500), ...range(505, 1050)], (i) => i % 7 === 0)).toBeLessThan(0.5);
  expect(await both(range(3, 1100), (i) => i % 7 === 0 && i > 300)).toBeLessThan(1);
  // Searched again, a face is another.
  const [moved] = faces(1);
  vectors[40] = moved ?? new Float32Array();
  expect(await both(range(3, 1100), (i) => i % 7 === 0 && i > 300)).toBeLessThan(0.5);

  const folder = await mkdtemp(join(tmpdir(), 'neighbours-'));
  try {
    const kept = known;
    if (kept === undefined) throw new Error('nothing was kept');
    expect(await loadNeighbours(folder)).toBeUndefined();
    await saveNeighbours(folder, kept);
    expect(await loadNeighbours(folder)).toEqual(kept);
    await appendFile(join(folder, 'neighbours.bin'), ' ');
    expect(await loadNeighbours(folder)).toBeUndefined();
    await saveNeighbours(folder, kept);
    expect(await readdir(folder)).toHaveLength(1);
    await removeNeighbours(folder);
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('tells which faces are like any of some people, and few others', async () => {
  const all = faces(1500);
  const [targets, others] = [
    all.filter((_, i) => i < 200 && i % 5 < 2),
    all.filter((_, i) => i >= 200 || i % 5 >= 2),
  ];
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  const like = await likeAny(products, targets, others, 0.4);
  const exact = others.flatMap((vector, i) =>
    targets.some((target) => dotProduct(target, vector) >= 0.4) ? [i] : [],
  );
  // The other three pictures of forty people, nearly all of which are as similar as that.
  expect(exact.length).toBeGreaterThan(100);
  expect(exact.filter((place) => !like.includes(place))).toEqual([]);
  expect(like.length).toBeLessThan(1.5 * exact.length);
  expect(await likeAny(products, [], others, 0.4)).toEqual([]);
});
