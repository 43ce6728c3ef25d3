import { describe, expect, it } from 'vitest';
import { FlatIndex } from '../../src/index.js';

/** Numbers from mulberry32, -1..1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

const DIMENSIONS = 24;
const COUNT = 5000;

/** By definition, in double precision; each group's best only, where `perGroup`. */
function nearest(
  faces: readonly { id: string; group?: string; vector: Float32Array }[],
  query: Float32Array,
) {
  const unit = (vector: Float32Array): number[] => {
    const norm = Math.hypot(...vector);
    return Array.from(vector, (value) => value / norm);
  };
  const probe = unit(query);
  return faces
    .map(({ id, group, vector }) => ({
      id,
      group,
      distance: 1 - unit(vector).reduce((sum, value, i) => sum + value * (probe[i] ?? 0), 0),
    }))
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
}

describe('FlatIndex with so many vectors that the kernel measures them', () => {
  const next = numbers(7);
  const vector = (): Float32Array => Float32Array.from({ length: DIMENSIONS }, next);
  const faces = Array.from({ length: COUNT }, (_, i) => ({
    id: `f${i}`,
    ...(i % 5 !== 0 && { group: `g${i % 300}` }),
    vector: vector(),
  }));

  it('finds what the definition says, with groups, filters and after removals', async () => {
    await using index = new FlatIndex(DIMENSIONS);
    for (let i = 0; i < COUNT; i += 700) await index.add(faces.slice(i, i + 700));
    const gone = faces.filter((_, i) => i % 7 === 3);
    expect(await index.remove(gone.map(({ id }) => id))).toBe(gone.length);
    // Two again, one of them elsewhere.
    const moved = { ...gone[0], vector: faces[1].vector };
    await index.add([moved, gone[1]]);
    const left = [...faces.filter((_, i) => i % 7 !== 3), moved, gone[1]];
    for (let q = 0; q < 20; q++) {
      const query = q === 0 ? faces[1].vector : vector();
      const all = nearest(left, query);
      const found = await index.search(query, 10);
      expect(found.map(({ id }) => id)).toEqual(all.slice(0, 10).map(({ id }) => id));
      found.forEach(({ distance }, i) => expect(distance).toBeCloseTo(all[i].distance, 6));
      const seen = new Set<string>();
      const byGroup = all.filter(({ id, group = id }) => !seen.has(group) && seen.add(group));
      const groups = await index.search(query, 10, { perGroup: 1 });
      expect(groups.map(({ id }) => id)).toEqual(byGroup.slice(0, 10).map(({ id }) => id));
      const few = ['g7', 'g14', 'g21'];
      const among = byGroup.filter(({ group }) => group !== undefined && few.includes(group));
      const filtered = await index.search(query, 10, { perGroup: 1, filter: { groups: few } });
      expect(filtered.map(({ id }) => id)).toEqual(among.map(({ id }) => id));
    }
  });

  it('keeps exact vectors, and finds nothing once it is emptied', async () => {
    await using index = new FlatIndex(DIMENSIONS);
    await index.add(faces);
    const [item] = await index.get(['f4321']);
    const norm = Math.hypot(...faces[4321].vector);
    expect([...(item?.vector ?? [])]).toEqual([...faces[4321].vector.map((value) => value / norm)]);
    await index.remove(faces.map(({ id }) => id));
    expect(await index.search(faces[0].vector, 3)).toEqual([]);
    await index.add([faces[9]]);
    expect((await index.search(faces[0].vector, 3)).map(({ id }) => id)).toEqual(['f9']);
  });
});
