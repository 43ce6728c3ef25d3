import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlatIndex } from '@fr-stream/core';
import { vectorIndexConformance } from '@fr-stream/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HnswIndex } from '../../src/index.js';

describe('HnswIndex keeps the contract', () => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new HnswIndex(dimensions, { metric, capacity: 1 })),
  );
  for (const check of suite) it(check.name, check.run);
});

describe('the suite also holds for exhaustive search', () => {
  const suite = vectorIndexConformance((dimensions, metric) =>
    Promise.resolve(new FlatIndex(dimensions, metric)),
  );
  for (const check of suite) it(check.name, check.run);
});

describe('HnswIndex on disk', () => {
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
    const index = new HnswIndex(8, { metric: 'l2', m: 8, efConstruction: 50, efSearch: 40 });
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
    const loaded = await HnswIndex.load(folder);
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
    await new HnswIndex(4).save(folder);
    const loaded = await HnswIndex.load(folder);
    expect(await loaded.count()).toBe(0);
    await loaded.add([{ id: 'a', vector: Float32Array.of(0, 0, 2, 0) }]);
    expect((await loaded.search(Float32Array.of(0, 0, 1, 0), 3)).map(({ id }) => id)).toEqual(['a']);
  });

  it('keeps one generation and no temporary files', async () => {
    const index = await filled(20);
    await index.save(folder);
    await index.add([{ id: 'x', vector: vector(5.5) }]);
    await index.save(folder);
    expect((await readdir(folder)).map((name) => name.replace(/-[0-9a-f]{64}/, '')).sort()).toEqual([
      'graph.hnsw',
      'items.json',
      'manifest.json',
    ]);
    expect(await idsOf(await HnswIndex.load(folder))).toContain('x');
  });

  it('leaves the old state when a save breaks off before the manifest', async () => {
    const index = await filled(20);
    await index.save(folder);
    // What a crash leaves behind: new files that no manifest names.
    await writeFile(join(folder, `graph-${'0'.repeat(64)}.hnsw`), 'half');
    await writeFile(join(folder, 'items-1234.tmp'), 'half');
    expect(await (await HnswIndex.load(folder)).count()).toBe(17);
  });

  it.each(['graph', 'items', 'manifest'])('says so when the %s is damaged', async (kind) => {
    await (await filled(20)).save(folder);
    const name = (await readdir(folder)).find((candidate) => candidate.startsWith(kind)) ?? '';
    const bytes = await readFile(join(folder, name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x55;
    await writeFile(join(folder, name), bytes);
    await expect(HnswIndex.load(folder)).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      message: expect.stringContaining(folder) as unknown,
    });
    await writeFile(join(folder, name), bytes.subarray(0, 10));
    await expect(HnswIndex.load(folder)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
    await rm(join(folder, name));
    await expect(HnswIndex.load(folder)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
  });

  it('refuses a newer version and a folder that cannot be written', async () => {
    await (await filled(20)).save(folder);
    const path = join(folder, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2'));
    await expect(HnswIndex.load(folder)).rejects.toThrow(/version/);
    await expect(new HnswIndex(2).save(join(path, 'x'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });
});
