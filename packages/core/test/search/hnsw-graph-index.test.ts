import { describe, expect, it } from 'vitest';
import { efSearchFor, FlatIndex, HnswGraphIndex } from '../../src/index.js';
import { vectorIndexConformance } from '../../src/testing/index.js';
import { normalFrom, randomFrom } from '../tracking/random.js';

describe('HnswGraphIndex keeps the contract', () => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new HnswGraphIndex(dimensions, { metric })),
  );
  for (const check of suite) it(check.name, check.run);
});

describe('HnswGraphIndex as bytes', () => {
  const normal = normalFrom(randomFrom(5));
  const vector = () => Float32Array.from({ length: 16 }, normal);
  const items = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, i) => ({
      id: `${prefix}${i}–ñ`,
      vector: vector(),
      metadata: { photo: `${i}.jpg` },
    }));

  it('comes back whole and goes on the same way', async () => {
    const saved = new HnswGraphIndex(16, { metric: 'l2', m: 8, efSearch: 50 });
    await saved.add(items(300, 'a'));
    await saved.remove(['a3–ñ', 'a4–ñ']);
    const loaded = HnswGraphIndex.fromBytes(saved.toBytes());
    expect([await loaded.count(), loaded.metric, loaded.dimensions]).toEqual([298, 'l2', 16]);
    const more = items(200, 'b');
    for (const index of [saved, loaded]) await index.add(more);
    expect(loaded.toBytes()).toEqual(saved.toBytes());
    for (let i = 0; i < 20; i++) {
      const query = vector();
      const found = await loaded.search(query, 5);
      expect(found).toEqual(await saved.search(query, 5));
      expect(found[0]?.metadata).toMatchObject({ photo: expect.stringMatching(/^\d+\.jpg$/) as unknown });
    }
  });

  it('carries nothing of what was removed, and still finds the others', async () => {
    const faces = items(2000, 'a');
    const [graph, flat] = [new HnswGraphIndex(16, { m: 8 }), new FlatIndex(16)];
    for (const index of [graph, flat]) {
      await index.add(faces);
      // Four fifths of one half: whole neighbourhoods go, and with them what led to their last members.
      await index.remove(faces.filter((face, i) => face.vector[0] > 0 && i % 5 > 0).map(({ id }) => id));
    }
    const bytes = Buffer.from(graph.toBytes());
    const loaded = HnswGraphIndex.fromBytes(bytes);
    const kept = new Set((await flat.get(faces.map(({ id }) => id))).flatMap((item) => item?.id ?? []));
    expect(await loaded.count()).toBe(kept.size);
    let found = 0;
    for (const { id, vector: own } of faces) {
      const length = Math.hypot(...own);
      const first = Buffer.from(own.map((value) => Math.fround(value / length)).buffer).subarray(0, 12);
      if (!kept.has(id)) expect(bytes.includes(first), id).toBe(false);
      else if ((await loaded.search(own, 1))[0]?.id === id) found++;
    }
    // Every one that is left, also those whose neighbours have gone.
    expect(found).toBe(kept.size);
    for (let i = 0; i < 50; i++) {
      const query = vector();
      const ids = async (index: FlatIndex | HnswGraphIndex) =>
        (await index.search(query, 5)).map(({ id }) => id);
      expect(await ids(loaded)).toEqual(await ids(flat));
    }
    expect(Buffer.from(loaded.toBytes()).equals(bytes)).toBe(true);
  });

  it('carries an index whose last vector was removed', async () => {
    const index = new HnswGraphIndex(16);
    await index.add(items(3, 'a'));
    await index.remove(['a0–ñ', 'a1–ñ', 'a2–ñ']);
    const loaded = HnswGraphIndex.fromBytes(index.toBytes());
    expect([await loaded.count(), await loaded.search(vector(), 1)]).toEqual([0, []]);
    await loaded.add(items(1, 'b'));
    expect(await loaded.search(vector(), 1)).toHaveLength(1);
  });

  it('carries an empty index', async () => {
    const index = HnswGraphIndex.fromBytes(new HnswGraphIndex(4).toBytes());
    expect(await index.count()).toBe(0);
    await index.add([{ id: 'a', vector: Float32Array.of(0, 0, 2, 0) }]);
    expect((await index.search(Float32Array.of(0, 0, 1, 0), 3)).map(({ id }) => id)).toEqual(['a']);
  });

  it('finds what exhaustive search finds among 512-d vectors in clusters, as faces are', async () => {
    const random = normalFrom(randomFrom(8));
    const people = Array.from({ length: 40 }, () => Float32Array.from({ length: 512 }, random));
    const faces = people.flatMap((person, p) =>
      Array.from({ length: 12 }, (_, i) => ({
        id: `${p}-${i}`,
        vector: person.map((value) => value + 0.7 * random()),
      })),
    );
    const [graph, flat] = [new HnswGraphIndex(512), new FlatIndex(512)];
    for (const index of [graph, flat]) await index.add(faces);
    for (const { vector: query } of faces.slice(0, 60)) {
      const ids = async (index: FlatIndex | HnswGraphIndex) =>
        (await index.search(query, 5)).map(({ id }) => id);
      expect(await ids(graph)).toEqual(await ids(flat));
    }
  });

  it('gets to the right person where each has more faces than candidates are kept', async () => {
    const random = randomFrom(9);
    const normal = normalFrom(random);
    const people = Array.from({ length: 100 }, () => Float32Array.from({ length: 32 }, normal));
    const face = (person: number): Float32Array =>
      people[person].map((value) => value * Math.sqrt(0.6) + normal() * Math.sqrt(0.4));
    const someone = (): number => Math.floor(random() * people.length);
    const faces = Array.from({ length: 3000 }, (_, i) => {
      const person = someone();
      return { id: `${i}`, group: `${person}`, vector: face(person) };
    });
    const index = new HnswGraphIndex(32, { m: 6, efConstruction: 12, efSearch: 12 });
    await index.add(faces);
    let right = 0;
    for (let probe = 0; probe < 200; probe++) {
      const person = someone();
      const [nearest] = await index.search(face(person), 1);
      if (faces[Number(nearest.id)].group === `${person}`) right++;
    }
    expect(right).toBeGreaterThanOrEqual(191);
  });

  it.each([4, 9, 40, -1])('refuses bytes with one changed, at %i, and bytes that are cut off', async (at) => {
    const index = new HnswGraphIndex(16);
    await index.add(items(20, 'c'));
    const bytes = index.toBytes();
    const damaged = bytes.slice();
    damaged[at < 0 ? damaged.length + at : at] ^= 0x21;
    expect(() => HnswGraphIndex.fromBytes(damaged)).toThrow(
      expect.objectContaining({ code: 'INDEX_INVALID' }),
    );
    expect(() => HnswGraphIndex.fromBytes(bytes.subarray(0, bytes.length - 4))).toThrow(/damaged or cut off/);
    expect(() => HnswGraphIndex.fromBytes(bytes.subarray(0, 3))).toThrow(/begin/);
  });
});

describe('the number of candidates', () => {
  it('is 100 up to 200,000 vectors, and grows the faster the more dimensions there are', () => {
    expect([1, 1000, 200_000].map((size) => efSearchFor(size, 512))).toEqual([100, 100, 100]);
    // 275 dimensions: in proportion; twice as many: with the square.
    expect(efSearchFor(600_000, 275)).toBe(300);
    expect(efSearchFor(600_000, 550)).toBe(900);
    expect(efSearchFor(1e9, 512)).toBe(2000);
  });

  it('goes on growing with an index that comes back, unless it was fixed', async () => {
    const header = (index: HnswGraphIndex) => Buffer.from(index.toBytes()).toString('latin1');
    const [free, fixed] = [new HnswGraphIndex(2), new HnswGraphIndex(2, { efSearch: 7 })];
    for (const index of [free, fixed]) await index.add([{ id: 'a', vector: Float32Array.of(1, 0) }]);
    expect(header(HnswGraphIndex.fromBytes(free.toBytes()))).not.toContain('efSearch');
    expect(header(HnswGraphIndex.fromBytes(fixed.toBytes()))).toContain('"efSearch":7');
  });
});
