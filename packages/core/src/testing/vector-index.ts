import {
  VECTOR_INDEX_CONTRACT,
  type IndexFilter,
  type IndexItem,
  type Json,
  type Metric,
  type Neighbour,
  type VectorIndex,
} from '../contracts/vector-index.js';
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

/** All ids, or those that pass, in the index's own order. */
async function listed(index: VectorIndex, filter?: IndexFilter): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of index.entries(filter)) ids.push(id);
  return ids;
}

const vectorOf = async (index: VectorIndex, id: string): Promise<Float32Array | undefined> =>
  (await index.get([id]))[0]?.vector;

const metadataOf = async (index: VectorIndex, id: string): Promise<Json | undefined> =>
  (await index.get([id]))[0]?.metadata;

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
 * @param many how many vectors the recall of an approximate index is measured on; fewer where making one takes long.
 */
export function vectorIndexConformance(make: MakeVectorIndex, many = 3000): readonly ConformanceCheck[] {
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
      assertEqual(index.contract, VECTOR_INDEX_CONTRACT, 'contract');
      assertEqual(
        [await index.count(), index.dimensions, index.metric],
        [0, 3, metric],
        'size, dimensions, metric',
      );
      assertEqual(await index.search(Float32Array.of(1, 2, 3), 5), [], 'neighbours');
      assertEqual(await listed(index), [], 'ids');
      assertEqual(await index.remove(['nobody']), 0, 'removed');
    }),

    check('gives all there are when asked for more', 2, metric, async (index) => {
      await index.add([item('a', 1, 0), item('b', 0, 1), item('c', 1, 1)]);
      assertEqual(idsOf(await index.search(Float32Array.of(2, 0.1), 100)), ['a', 'c', 'b'], 'order');
      for (const k of [0, -1, Number.NaN])
        assertEqual(await index.search(Float32Array.of(1, 0), k), [], `the ${k} nearest`);
    }),

    check('keeps metadata', 2, metric, async (index) => {
      const metadata = { name: 'Ada', box: [1, 2.5, null], seen: true };
      await index.add([{ ...item('a', 1, 0), metadata }, item('b', 0, 1)]);
      const [first, second] = await index.search(Float32Array.of(1, 0), 2);
      assertEqual(first?.metadata, metadata, 'metadata');
      assertEqual(second?.metadata, undefined, 'metadata of an item without');
      assertEqual(await metadataOf(index, 'a'), metadata, 'metadata by id');
    }),

    check('replaces an item that is added again', 2, metric, async (index) => {
      await index.add([{ ...item('a', 1, 0), metadata: 1 }, item('b', 0, 1)]);
      await index.add([item('a', -1, 0)]);
      assertEqual(await index.count(), 2, 'size');
      const found = await index.search(Float32Array.of(-1, 0), 2);
      assertEqual(idsOf(found), ['a', 'b'], 'order');
      assertClose(found[0]?.distance ?? -1, 0, 1e-6, 'distance to the new vector');
      assertEqual(found[0]?.metadata, undefined, 'metadata of the old item');
      assertEqual(
        (await index.get(['a', 'nobody'])).map((one) => one?.metadata ?? null),
        [null, null],
        'metadata by id',
      );
      await index.add([item('c', 1, 0), item('c', 0, -1)]);
      assertEqual(Array.from((await vectorOf(index, 'c')) ?? []), [0, -1], 'the last of two under one id');
    }),

    check('removes', 2, metric, async (index) => {
      await index.add([item('a', 1, 0), item('b', 0, 1), item('c', -1, 0)]);
      assertEqual(await index.remove(['b', 'nobody', 'b']), 1, 'removed');
      assertEqual([await listed(index), await index.count()], [['a', 'c'], 2], 'what is left');
      assertEqual(await vectorOf(index, 'b'), undefined, 'vector of a removed item');
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
      assertEqual(await listed(index), ['B', 'a', 'b', 'ä'], 'ids');
    }),

    check('orders equal distances by id', 2, metric, async (index) => {
      for (const id of ['c', 'a', 'd', 'b']) await index.add([item(id, 1, 1)]);
      assertEqual(idsOf(await index.search(Float32Array.of(1, 0), 4)), ['a', 'b', 'c', 'd'], 'order');
    }),

    check('never gives a distance below zero, nor above that of opposites', 64, metric, async (index) => {
      const items = randomItems(200, 64, 21);
      await index.add(items);
      for (const { id, vector } of items) {
        const [self] = await index.search(vector, 1);
        assertEqual(self?.id, id, 'the nearest of an item');
        assert(self !== undefined && self.distance >= 0, `a distance of ${self?.distance}`);
      }
    }),

    check('hands out copies and takes copies', 2, metric, async (index) => {
      const given = Float32Array.of(0, 1);
      await index.add([{ id: 'a', vector: given }]);
      given.fill(7);
      const taken = await vectorOf(index, 'a');
      assertEqual(Array.from(taken ?? []), [0, 1], 'vector');
      taken?.fill(7);
      assertEqual(
        Array.from((await vectorOf(index, 'a')) ?? []),
        [0, 1],
        'vector after the copy was changed',
      );
    }),

    check('refuses vectors that do not fit, and adds nothing then', 3, metric, async (index) => {
      const good = item('good', 1, 2, 3);
      for (const bad of [item('bad', 1, 2), item('bad', 1, Number.NaN, 3), item('bad', 1, Infinity, 3)]) {
        const error = await rejection(() => index.add([good, bad]), `adding ${String(bad.vector)}`);
        assert(FrStreamError.isInstance(error), 'expected a typed error');
        assertEqual(error.code, 'INDEX_DIMENSION_MISMATCH', 'code');
      }
      for (const bad of [item('', 1, 2, 3), { ...item('bad', 1, 2, 3), group: '' }]) {
        const error = await rejection(() => index.add([good, bad]), 'an empty id or group');
        assert(FrStreamError.isInstance(error) && error.code === 'INDEX_INVALID', 'code of an empty id');
      }
      assertEqual(await index.count(), 0, 'size');
      const error = await rejection(() => index.search(Float32Array.of(1), 1), 'a short query');
      assert(
        FrStreamError.isInstance(error) && error.code === 'INDEX_DIMENSION_MISMATCH',
        'code of a short query',
      );
    }),

    check('honours the filter, however few pass it', 8, metric, async (index) => {
      const items = randomItems(600, 8, 3);
      await index.add(items);
      const query = items[0]?.vector ?? new Float32Array(8);
      for (const every of [2, 50, 300, 600]) {
        const passing = items.filter(({ id }) => Number(id.slice(1)) % every === every - 1);
        const ids = passing.map(({ id }) => id);
        const expected = nearest(metric, passing, query, 3);
        const excludeIds = items.filter((one) => !passing.includes(one)).map(({ id }) => id);
        for (const filter of [{ ids }, { excludeIds }]) {
          const found = await index.search(query, 3, { filter });
          assertEqual(found.length, expected.length, `neighbours with 1 of ${every} passing`);
          assert(
            found.every(({ id }) => ids.includes(id)),
            'a neighbour did not pass the filter',
          );
          if (!index.capabilities.approximate || every >= 300)
            assertEqual(idsOf(found), idsOf(expected), `1 of ${every} passing`);
          assertEqual(await index.count(filter), ids.length, 'count');
          assertEqual(await listed(index, filter), ids, 'entries');
        }
      }
      assertEqual(await index.search(query, 3, { filter: { ids: [] } }), [], 'nobody passes');
      assertEqual(idsOf(await index.search(query, 1, { filter: {} })), ['v00000'], 'an empty filter');
    }),

    check('filters by group, and by all conditions at once', 2, metric, async (index) => {
      const of = (id: string, group: string | undefined, ...values: number[]): IndexItem => ({
        ...item(id, ...values),
        ...(group !== undefined && { group }),
      });
      await index.add([
        of('a', 'x', 1, 0),
        of('b', 'y', 1, 0.1),
        of('c', undefined, 1, 0.2),
        of('d', 'x', 1, 0.3),
      ]);
      const search = async (filter: IndexFilter) =>
        idsOf(await index.search(Float32Array.of(1, 0), 9, { filter }));
      assertEqual(await search({ groups: ['x'] }), ['a', 'd'], 'of one group');
      assertEqual(await search({ groups: [] }), [], 'of no group');
      assertEqual(await search({ excludeGroups: ['x'] }), ['b', 'c'], 'without one group');
      assertEqual(await search({ groups: ['x', 'y'], excludeIds: ['a'] }), ['b', 'd'], 'both');
      assertEqual(await search({ ids: ['a', 'b'], excludeGroups: ['y'] }), ['a'], 'ids without a group');
      assertEqual(
        (await index.get(['a', 'c'])).map((one) => one?.group ?? null),
        ['x', null],
        'groups',
      );
      await index.add([item('a', 1, 0)]);
      assertEqual(await search({ groups: ['x'] }), ['d'], 'after one has left the group');
    }),

    check(
      'finds as many groups as were asked for, however large the nearest is',
      8,
      metric,
      async (index) => {
        // 200 items of one group lie around the query, and single ones of 30 groups somewhat farther away.
        const near = randomItems(200, 8, 11, 'near').map(({ id, vector }) => ({
          id,
          group: 'crowd',
          vector: vector.map((value, i) => value * 0.01 + (i === 0 ? 1 : 0)),
        }));
        const far = randomItems(30, 8, 12, 'far').map(({ id, vector }, i) => ({
          id,
          group: `g${i}`,
          vector: vector.map((value, axis) => value * 0.1 + (axis === 0 ? 1 : 0)),
        }));
        await index.add([...near, ...far]);
        const query = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
        const bests = [...nearest(metric, near, query, 1), ...nearest(metric, far, query, 30)].sort(
          (a, b) => a.distance - b.distance,
        );
        for (const k of [1, 2, 5, 31, 40]) {
          const found = await index.search(query, k, { perGroup: 1 });
          assertEqual(idsOf(found), idsOf(bests.slice(0, k)), `the nearest of each of ${k} groups`);
        }
        const three = await index.search(query, 6, { perGroup: 3 });
        const crowd = three.filter(({ group }) => group === 'crowd');
        assertEqual([three.length, crowd.length], [6, 3], 'three of each at most');
        const [first, second] = await index.searchAll([query, far[0]?.vector ?? query], 2, { perGroup: 1 });
        assertEqual(first, await index.search(query, 2, { perGroup: 1 }), 'the first of two queries');
        assertEqual(second?.[0]?.id, 'far00000', 'the second of two queries');
      },
    ),

    check(`finds the true neighbours among ${many}, grown from nothing`, 32, metric, async (index) => {
      const items = randomItems(many, 32, 1);
      for (let at = 0; at < items.length; at += 500) await index.add(items.slice(at, at + 500));
      assertEqual(await index.count(), many, 'size');
      assertRecall(index, await recall(index, items, randomItems(100, 32, 2, 'q'), 10), 'random queries');
      for (const { id, vector } of items.slice(0, 50)) {
        const [self] = await index.search(vector, 1);
        assertEqual(self?.id, id, 'the nearest of a vector that is in the index');
        assertClose(self?.distance ?? -1, 0, 1e-3, 'its distance');
      }
      // As who looks for others like somebody with many items: the nearest of all are left out.
      let hits = 0;
      for (const { vector } of items.slice(0, 10)) {
        const own = new Set(idsOf(nearest(metric, items, vector, many / 10)));
        const others = items.filter(({ id }) => !own.has(id));
        const truth = idsOf(nearest(metric, others, vector, 5));
        const found = idsOf(await index.search(vector, 5, { filter: { excludeIds: [...own] } }));
        hits += truth.filter((id) => found.includes(id)).length;
      }
      assertRecall(index, hits / 50, 'beyond those that a filter leaves out');
    }),

    check('still finds them after two thirds were removed and others added', 32, metric, async (index) => {
      const old = randomItems(many / 2, 32, 4, 'old');
      await index.add(old);
      await index.remove(old.filter((_, i) => i % 3 !== 0).map(({ id }) => id));
      const fresh = randomItems(many / 2, 32, 5, 'new');
      await index.add(fresh);
      const items = [...old.filter((_, i) => i % 3 === 0), ...fresh];
      assertEqual(await index.count(), items.length, 'size');
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
      assertEqual(await index.count(), 160, 'size');
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
      const [x, y] = (await vectorOf(index, 'a')) ?? [];
      assertClose(x ?? 0, 0.6, 1e-6, 'x');
      assertClose(y ?? 0, -0.8, 1e-6, 'y');
    }),
    check('distance is Euclidean, not squared', 2, 'l2', async (index) => {
      await index.add([item('a', 3, 4), item('b', 1, 0)]);
      const found = await index.search(Float32Array.of(0, 0), 2);
      assertEqual(idsOf(found), ['b', 'a'], 'order');
      assertClose(found[0]?.distance ?? -1, 1, 1e-6, 'distance of b');
      assertClose(found[1]?.distance ?? -1, 5, 1e-6, 'distance of a');
      assertEqual(Array.from((await vectorOf(index, 'a')) ?? []), [3, 4], 'vectors come back as they were');
    }),
  ];
}
