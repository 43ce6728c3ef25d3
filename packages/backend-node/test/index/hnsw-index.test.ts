import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlatIndex } from '@fr-stream/core';
import { vectorIndexConformance } from '@fr-stream/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HnswIndex, hnswlibMissing, type HnswEngine } from '../../src/index.js';

/** Both where the addon could be built. */
const missing = hnswlibMissing();
const engines: readonly HnswEngine[] = missing === undefined ? ['hnswlib', 'built-in'] : ['built-in'];
if (missing !== undefined) console.warn(`hnswlib is not tested: ${missing}`);

describe.each(engines)('HnswIndex keeps the contract, %s', (engine) => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new HnswIndex(dimensions, { metric, capacity: 1, engine })),
  );
  for (const check of suite) it(check.name, check.run);
});

describe('the suite also holds for exhaustive search', () => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new FlatIndex(dimensions, metric)),
  );
  for (const check of suite) it(check.name, check.run);
});

describe.each(engines)('HnswIndex on disk, %s', (engine) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-hnsw-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const vector = (seed: number) =>
    Float32Array.from({ length: 8 }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233));
  async function filled(count = 300): Promise<HnswIndex> {
    const index = new HnswIndex(8, { metric: 'l2', m: 8, efConstruction: 50, efSearch: 40, engine });
    await index.add(
      Array.from({ length: count }, (_, i) => ({
        id: `f${i}`,
        vector: vector(i),
        metadata: { photo: `p${i}.jpg` },
        ...(i % 2 === 0 && { group: `g${i % 10}` }),
      })),
    );
    await index.remove(['f3', 'f4', 'f5']);
    return index;
  }

  const idsOf = async (index: HnswIndex): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of index.entries()) ids.push(id);
    return ids;
  };

  it('comes back with vectors, labels, metadata and settings, and goes on the same way', async () => {
    const saved = await filled();
    await saved.save(folder);
    const loaded = await HnswIndex.load(folder, engine);
    expect([await loaded.count(), loaded.metric, loaded.dimensions]).toEqual([297, 'l2', 8]);
    for (const index of [saved, loaded]) {
      await index.add([{ id: 'later', vector: vector(1000) }]);
      await index.remove(['f7']);
      await index.add(Array.from({ length: 900 }, (_, i) => ({ id: `g${i}`, vector: vector(2000 + i) })));
    }
    expect(await idsOf(loaded)).toEqual(await idsOf(saved));
    for (let i = 0; i < 50; i++) {
      expect(await loaded.search(vector(i + 0.5), 5)).toEqual(await saved.search(vector(i + 0.5), 5));
    }
    expect((await loaded.search(vector(9), 1))[0]).toMatchObject({ id: 'f9', metadata: { photo: 'p9.jpg' } });
    const perGroup = { perGroup: 1, filter: { groups: ['g0', 'g2', 'g8'] } };
    const groups = (await loaded.search(vector(9), 9, perGroup)).map(({ group }) => group);
    expect(groups.sort()).toEqual(['g0', 'g2', 'g8']);
    expect((await loaded.get(['f9']))[0]?.vector).toEqual(vector(9));
  });

  it('saves nothing of what was removed', async () => {
    const index = await filled(50);
    await index.remove(['f9']);
    await index.save(folder);
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
    const holds = (seed: number): boolean =>
      files.some((file) => file.includes(Buffer.from(vector(seed).buffer)));
    expect([holds(8), holds(9)]).toEqual([true, false]);
  });

  it('saves an empty index', async () => {
    await new HnswIndex(4, { engine }).save(folder);
    const loaded = await HnswIndex.load(folder, engine);
    expect(await loaded.count()).toBe(0);
    await loaded.add([{ id: 'a', vector: Float32Array.of(0, 0, 2, 0) }]);
    expect((await loaded.search(Float32Array.of(0, 0, 1, 0), 3)).map(({ id }) => id)).toEqual(['a']);
  });

  it('keeps one generation and no temporary files', async () => {
    const index = await filled(20);
    await index.save(folder);
    await index.add([{ id: 'x', vector: vector(5.5) }]);
    await index.save(folder);
    expect((await readdir(folder)).map((name) => name.replace(/-[0-9a-f]{64}/, '')).sort()).toEqual(
      engine === 'hnswlib' ? ['graph.hnsw', 'items.json', 'manifest.json'] : ['graph.hnsw', 'manifest.json'],
    );
    expect(await idsOf(await HnswIndex.load(folder, engine))).toContain('x');
  });

  it('leaves the old state when a save breaks off before the manifest', async () => {
    const index = await filled(20);
    await index.save(folder);
    // What a crash leaves behind: new files that no manifest names.
    await writeFile(join(folder, `graph-${'0'.repeat(64)}.hnsw`), 'half');
    await writeFile(join(folder, 'items-1234.tmp'), 'half');
    expect(await (await HnswIndex.load(folder, engine)).count()).toBe(17);
  });

  const kinds = engine === 'hnswlib' ? ['graph', 'items', 'manifest'] : ['graph', 'manifest'];
  it.each(kinds)('says so when the %s is damaged', async (kind) => {
    await (await filled(20)).save(folder);
    const name = (await readdir(folder)).find((candidate) => candidate.startsWith(kind)) ?? '';
    const bytes = await readFile(join(folder, name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x55;
    await writeFile(join(folder, name), bytes);
    await expect(HnswIndex.load(folder, engine)).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      message: expect.stringContaining(folder) as unknown,
    });
    await writeFile(join(folder, name), bytes.subarray(0, 10));
    await expect(HnswIndex.load(folder, engine)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
    await rm(join(folder, name));
    await expect(HnswIndex.load(folder, engine)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
  });

  it('refuses a newer version and a folder that cannot be written', async () => {
    await (await filled(20)).save(folder);
    const path = join(folder, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"version": \d/, '"version": 9'));
    await expect(HnswIndex.load(folder, engine)).rejects.toThrow(/version/);
    await expect(new HnswIndex(2, { engine }).save(join(path, 'x'))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
  });
});

/** Faces of so many people, of ten each, as embeddings lie: random directions with some noise around each. */
function faces(
  people: number,
  dimensions: number,
): { id: string; vector: Float32Array; group: string; metadata: string }[] {
  const random = normalFrom(17);
  return Array.from({ length: people }, (_, p) => {
    const person = Float32Array.from({ length: dimensions }, random);
    return Array.from({ length: 10 }, (_, i) => ({
      id: `${p}-${i}`,
      vector: person.map((value) => value + 0.6 * random()),
      group: `person ${p}`,
      metadata: `photo ${p}`,
    }));
  }).flat();
}

/** Normal deviates (Box and Muller, 1958) from a linear congruential generator. */
function normalFrom(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('the built-in engine', () => {
  const all = faces(300, 128);
  const queries = all.filter((_, i) => i % 37 === 0).map(({ vector }) => vector);
  const answers = async (index: HnswIndex | FlatIndex) =>
    await Promise.all(
      queries.map(async (query) =>
        (await index.search(query, 10)).map(({ distance, ...neighbour }) => ({
          ...neighbour,
          // Engines sum in different orders.
          distance: expect.closeTo(distance, 5) as number,
        })),
      ),
    );
  const found = async (index: HnswIndex) =>
    await Promise.all(queries.map(async (query) => await index.search(query, 10)));

  it.skipIf(missing !== undefined)(
    'gives the neighbours that hnswlib gives, and those are the true ones',
    async () => {
      const [library, own, flat] = [
        new HnswIndex(128, { engine: 'hnswlib' }),
        new HnswIndex(128, { engine: 'built-in' }),
        new FlatIndex(128),
      ];
      for (const index of [library, own, flat]) await index.add(all);
      expect([library.engine, own.engine]).toEqual(['hnswlib', 'built-in']);
      expect(await found(own)).toEqual(await answers(flat));
      expect(await found(library)).toEqual(await answers(flat));
    },
  );

  it.skipIf(missing !== undefined)('reads what hnswlib saved, and goes on with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-hnsw-'));
    try {
      const saved = new HnswIndex(128, { engine: 'hnswlib' });
      await saved.add(all);
      const gone = all.filter((_, i) => i % 10 === 9).map(({ id }) => id);
      await saved.remove(gone);
      await saved.save(folder);
      const loaded = await HnswIndex.load(folder, 'built-in');
      const [left, kept] = await loaded.get(['0-9', '0-8']);
      expect([loaded.engine, await loaded.count(), left, kept?.id]).toEqual([
        'built-in',
        2700,
        undefined,
        '0-8',
      ]);
      expect(await loaded.get(['7-3'])).toEqual(await saved.get(['7-3']));
      expect(await found(loaded)).toEqual(await answers(saved));
      // Saved by the one and read by the other, whichever they are.
      await loaded.add(all.filter(({ id }) => gone.includes(id)));
      await loaded.save(folder);
      const again = await HnswIndex.load(folder, 'hnswlib');
      const flat = new FlatIndex(128);
      await flat.add(all);
      expect(await found(again)).toEqual(await answers(flat));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('gives other work a turn while it adds', async () => {
    const index = new HnswIndex(128, { engine: 'built-in' });
    let turns = 0;
    const timer = setInterval(() => turns++);
    await index.add(all.slice(0, 1000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
