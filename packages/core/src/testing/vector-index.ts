import type { IndexItem, Metric, Neighbour, VectorIndex } from '../contracts/vector-index.js';
import { FrStreamError } from '../errors.js';
import { assert, assertClose, assertEqual, rejection } from './conformance.js';
import type { ConformanceCheck } from './conformance.js';

export type MakeVectorIndex = (dimensions: number, metric: Metric) => Promise<VectorIndex>;

/** Uniform numbers in 0..1 from a seed (mulberry32, T. Ettinger, public domain). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Vectors with normally distributed coordinates (Box-Muller), so that their directions are uniform. */
function randomItems(count: number, dimensions: number, seed: number, prefix = 'v'): IndexItem[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${String(i).padStart(5, '0')}`,
    vector: Float32Array.from({ length: dimensions }, normal),
  }));
}

/** The definition of the contract's distances, in double precision. */
function distance(metric: Metric, a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb, squared] = [0, 0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? Number.NaN;
    dot += x * y;
    aa += x * x;
    bb += y * y;
    squared += (x - y) ** 2;
  }
  return metric === 'cosine' ? 1 - dot / Math.sqrt(aa * bb) : Math.sqrt(squared);
}

function nearest(
  metric: Metric,
  items: readonly IndexItem[],
  query: Float32Array,
  k: number,
): readonly Neighbour[] {
  return items
    .map(({ id, vector }) => ({ id, distance: distance(metric, query, vector) }))
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
    .slice(0, k);
}

const idsOf = (neighbours: readonly Neighbour[]) => neighbours.map(({ id }) => id);

/**
 * Mean share of the true `k` nearest that the index finds; checks on the way that distances are right and ascending.
 */
async function recall(
  index: VectorIndex,
  items: readonly IndexItem[],
  queries: readonly IndexItem[],
  k: number,
): Promise<number> {
  let hits = 0;
  for (const { vector } of queries) {
    const found = await index.search(vector, k);
    assertEqual(found.length, k, 'neighbours found');
    const truth = new Set(idsOf(nearest(index.metric, items, vector, k)));
    let last = -1;
    for (const neighbour of found) {
      const item = items.find(({ id }) => id === neighbour.id);
      assert(item !== undefined, `${neighbour.id} is not in the index`);
      assertClose(
        neighbour.distance,
        distance(index.metric, vector, item.vector),
        1e-4,
        `distance of ${item.id}`,
      );
      assert(neighbour.distance >= last, 'neighbours do not come nearest first');
      last = neighbour.distance;
      if (truth.has(neighbour.id)) hits++;
    }
  }
  return hits / (queries.length * k);
}

/** Share of true neighbours that an approximate index must find; an exhaustive one must find all. */
const approximateRecall = 0.95;

function assertRecall(index: VectorIndex, found: number, what: string): void {
  const least = index.capabilities.approximate ? approximateRecall : 1;
  assert(found >= least, `${what}: recall is ${found.toFixed(4)}, must be at least ${least}`);
}

/**
 * What every {@link VectorIndex} must do, for both metrics.
 * @param make gives an empty index, which the suite disposes.
 */
export function vectorIndexConformance(make: MakeVectorIndex): readonly ConformanceCheck[] {
  const check = (
    name: string,
    dimensions: number,
    metric: Metric,
    run: (index: VectorIndex) => Promise<void>,
  ): ConformanceCheck => ({
    name: `${metric}: ${name}`,
    run: async () => {
      await using index = await make(dimensions, metric);
      await run(index);
    },
  });
  const item = (id: string, ...values: number[]): IndexItem => ({ id, vector: Float32Array.from(values) });

  const both = (['cosine', 'l2'] as const).flatMap((metric): readonly ConformanceCheck[] => [
    check('is empty at first, and can be searched then', 3, metric, async (index) => {
      assertEqual([index.size, index.dimensions, index.metric], [0, 3, metric], 'size, dimensions, metric');
      assertEqual(await index.search(Float32Array.of(1, 2, 3), 5), [], 'neighbours');
      assertEqual(index.ids(), [], 'ids');
      assertEqual(await index.remove(['nobody']), 0, 'removed');
    }),

    check('gives all there are when asked for more', 2, metric, async (index) => {
      await index.add([item('a', 1, 0), item('b', 0, 1), item('c', 1, 1)]);
      assertEqual(idsOf(await index.search(Float32Array.of(2, 0.1), 100)), ['a', 'c', 'b'], 'order');
      assertEqual(await index.search(Float32Array.of(1, 0), 0), [], 'the 0 nearest');
    }),

    check('keeps metadata', 2, metric, async (index) => {
      const metadata = { name: 'Ada', box: [1, 2.5, null], seen: true };
      await index.add([{ ...item('a', 1, 0), metadata }, item('b', 0, 1)]);
      const [first, second] = await index.search(Float32Array.of(1, 0), 2);
      assertEqual(first?.metadata, metadata, 'metadata');
      assertEqual(second?.metadata, undefined, 'metadata of an item without');
      assertEqual(index.metadata('a'), metadata, 'metadata by id');
    }),

    check('replaces an item that is added again', 2, metric, async (index) => {
      await index.add([{ ...item('a', 1, 0), metadata: 1 }, item('b', 0, 1)]);
      await index.add([item('a', -1, 0)]);
      assertEqual(index.size, 2, 'size');
      const found = await index.search(Float32Array.of(-1, 0), 2);
      assertEqual(idsOf(found), ['a', 'b'], 'order');
      assertClose(found[0]?.distance ?? -1, 0, 1e-6, 'distance to the new vector');
      assertEqual(found[0]?.metadata, undefined, 'metadata of the old item');
      assertEqual([index.metadata('a'), index.metadata('nobody')], [undefined, undefined], 'metadata by id');
      await index.add([item('c', 1, 0), item('c', 0, -1)]);
      assertEqual(Array.from(index.vector('c') ?? []), [0, -1], 'the last of two under one id');
    }),

    check('removes', 2, metric, async (index) => {
      await index.add([item('a', 1, 0), item('b', 0, 1), item('c', -1, 0)]);
      assertEqual(await index.remove(['b', 'nobody', 'b']), 1, 'removed');
      assertEqual([index.has('a'), index.has('b'), index.size], [true, false, 2], 'what is left');
      assertEqual(index.vector('b'), undefined, 'vector of a removed item');
      assertEqual(idsOf(await index.search(Float32Array.of(0, 1), 3)).includes('b'), false, 'found');
      await index.remove(['a', 'c']);
      assertEqual(await index.search(Float32Array.of(0, 1), 3), [], 'neighbours in the emptied index');
      await index.add([item('b', 3, 4)]);
      assertEqual(
        idsOf(await index.search(Float32Array.of(0, 1), 3)),
        ['b'],
        'neighbours after adding again',
      );
    }),

    check('lists ids in ascending order', 2, metric, async (index) => {
      await index.add([item('b', 1, 0), item('ä', 0, 1), item('a', 1, 1), item('B', 1, 2)]);
      assertEqual(index.ids(), ['B', 'a', 'b', 'ä'], 'ids');
    }),

    check('orders equal distances by id', 2, metric, async (index) => {
      for (const id of ['c', 'a', 'd', 'b']) await index.add([item(id, 1, 1)]);
      assertEqual(idsOf(await index.search(Float32Array.of(1, 0), 4)), ['a', 'b', 'c', 'd'], 'order');
    }),

    check('hands out copies and takes copies', 2, metric, async (index) => {
      const given = Float32Array.of(0, 1);
      await index.add([{ id: 'a', vector: given }]);
      given.fill(7);
      const taken = index.vector('a');
      assertEqual(Array.from(taken ?? []), [0, 1], 'vector');
      taken?.fill(7);
      assertEqual(Array.from(index.vector('a') ?? []), [0, 1], 'vector after the copy was changed');
    }),

    check('refuses vectors that do not fit, and adds nothing then', 3, metric, async (index) => {
      const good = item('good', 1, 2, 3);
      for (const bad of [item('bad', 1, 2), item('bad', 1, Number.NaN, 3), item('bad', 1, Infinity, 3)]) {
        const error = await rejection(() => index.add([good, bad]), `adding ${String(bad.vector)}`);
        assert(error instanceof FrStreamError, 'expected a typed error');
        assertEqual(error.code, 'INDEX_DIMENSION_MISMATCH', 'code');
      }
      assertEqual(index.size, 0, 'size');
      const error = await rejection(() => index.search(Float32Array.of(1), 1), 'a short query');
      assert(
        error instanceof FrStreamError && error.code === 'INDEX_DIMENSION_MISMATCH',
        'code of a short query',
      );
    }),

    check('honours the filter, however few pass it', 8, metric, async (index) => {
      const items = randomItems(600, 8, 3);
      await index.add(items);
      const query = items[0]?.vector ?? new Float32Array(8);
      for (const every of [2, 50, 300, 600]) {
        const passes = (id: string) => Number(id.slice(1)) % every === every - 1;
        const expected = nearest(
          metric,
          items.filter(({ id }) => passes(id)),
          query,
          3,
        );
        const found = await index.search(query, 3, passes);
        assertEqual(found.length, expected.length, `neighbours with 1 of ${every} passing`);
        assert(
          found.every(({ id }) => passes(id)),
          'a neighbour did not pass the filter',
        );
        if (!index.capabilities.approximate || every >= 300) {
          assertEqual(idsOf(found), idsOf(expected), `1 of ${every} passing`);
        }
      }
      assertEqual(await index.search(query, 3, () => false), [], 'nobody passes');
    }),

    check('finds the true neighbours among 3,000, grown from nothing', 32, metric, async (index) => {
      const items = randomItems(3000, 32, 1);
      for (let at = 0; at < items.length; at += 500) await index.add(items.slice(at, at + 500));
      assertEqual(index.size, 3000, 'size');
      assertRecall(index, await recall(index, items, randomItems(100, 32, 2, 'q'), 10), 'random queries');
      for (const { id, vector } of items.slice(0, 50)) {
        const [self] = await index.search(vector, 1);
        assertEqual(self?.id, id, 'the nearest of a vector that is in the index');
        assertClose(self?.distance ?? -1, 0, 1e-3, 'its distance');
      }
    }),

    check('still finds them after two thirds were removed and others added', 32, metric, async (index) => {
      const old = randomItems(1500, 32, 4, 'old');
      await index.add(old);
      await index.remove(old.filter((_, i) => i % 3 !== 0).map(({ id }) => id));
      const fresh = randomItems(1500, 32, 5, 'new');
      await index.add(fresh);
      const items = [...old.filter((_, i) => i % 3 === 0), ...fresh];
      assertEqual(index.size, items.length, 'size');
      assertRecall(index, await recall(index, items, randomItems(100, 32, 6, 'q'), 10), 'after the changes');
    }),

    check('gives the same answers when it is built the same way again', 16, metric, async (index) => {
      await using second = await make(16, metric);
      const items = randomItems(500, 16, 7);
      for (const one of [index, second]) {
        await one.add(items);
        await one.remove(items.slice(100, 200).map(({ id }) => id));
        await one.add(items.slice(150, 200));
      }
      for (const { vector } of randomItems(30, 16, 8)) {
        assertEqual(await index.search(vector, 10), await second.search(vector, 10), 'neighbours');
      }
    }),

    check('keeps apart what is done to it concurrently', 4, metric, async (index) => {
      const items = randomItems(200, 4, 9);
      await Promise.all(items.map((one) => index.add([one])));
      await Promise.all([
        index.remove(items.slice(0, 50).map(({ id }) => id)),
        index.add(items.slice(0, 10)),
      ]);
      assertEqual(index.size, 160, 'size');
    }),
  ]);

  return [
    ...both,
    check('distance is 1 - cosine similarity', 2, 'cosine', async (index) => {
      await index.add([
        item('same', 10, 0),
        item('right', 0, 0.1),
        item('opposite', -5, 0),
        item('45', 2, 2),
      ]);
      const found = await index.search(Float32Array.of(3, 0), 4);
      const expected = [
        ['same', 0],
        ['45', 1 - Math.SQRT1_2],
        ['right', 1],
        ['opposite', 2],
      ] as const;
      for (const [i, [id, value]] of expected.entries()) {
        assertEqual(found[i]?.id, id, `neighbour ${i}`);
        assertClose(found[i]?.distance ?? -1, value, 1e-6, `distance of ${id}`);
      }
    }),
    check('vectors come back with unit length', 2, 'cosine', async (index) => {
      await index.add([item('a', 3, -4)]);
      const [x, y] = index.vector('a') ?? [];
      assertClose(x ?? 0, 0.6, 1e-6, 'x');
      assertClose(y ?? 0, -0.8, 1e-6, 'y');
    }),
    check('distance is Euclidean, not squared', 2, 'l2', async (index) => {
      await index.add([item('a', 3, 4), item('b', 1, 0)]);
      const found = await index.search(Float32Array.of(0, 0), 2);
      assertEqual(idsOf(found), ['b', 'a'], 'order');
      assertClose(found[0]?.distance ?? -1, 1, 1e-6, 'distance of b');
      assertClose(found[1]?.distance ?? -1, 5, 1e-6, 'distance of a');
      assertEqual(Array.from(index.vector('a') ?? []), [3, 4], 'vectors come back as they were');
    }),
  ];
}
