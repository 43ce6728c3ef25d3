import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { AssetCache } from '@fr-stream/backend-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnnx } from '../../convert/check/run-onnx.js';
import { convertedModel } from '../../convert/derived-models.js';
import { recipeKey, type ConversionRecipe, type SourceAsset } from '../../convert/recipe.js';
import { RECIPES } from '../../convert/recipes.js';
import { GraphJson } from './support/graph-json.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'derived-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function source(name: string, content: string | Uint8Array): Promise<SourceAsset> {
  const path = join(folder, name);
  await writeFile(path, content);
  return {
    id: name,
    sources: [pathToFileURL(path).href],
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

async function recipe(slope: number): Promise<ConversionRecipe> {
  const { json, weights } = new GraphJson()
    .placeholder('x', [1, 2, 2, 1])
    .floats('c', [], [slope])
    .node('Mul', 'y', ['x', 'c'])
    .finish(['y']);
  return {
    id: 'small',
    architecture: 'tfjs-graph',
    sources: [await source(`${slope}.json`, json), await source(`${slope}.bin`, weights)],
  };
}

describe('convertedModel', () => {
  it('converts once, and again when the file was damaged', async () => {
    const cache = new AssetCache(join(folder, 'cache'));
    const small = await recipe(3);
    const path = await convertedModel(small, { cache });
    const first = await readFile(path);
    await using onnx = await openOnnx(first);
    const { y } = await onnx.run({ x: { dims: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } });
    expect([...(y?.data ?? [])]).toEqual([3, 6, 9, 12]);

    // Without its sources it can only come from the cache.
    await rm(join(cache.folder, 'files'), { recursive: true });
    await rm(join(folder, '3.json'));
    expect(await convertedModel(small, { cache })).toBe(path);

    await writeFile(path, first.subarray(0, 10));
    await expect(convertedModel(small, { cache })).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    await recipe(3);
    expect(await readFile(await convertedModel(small, { cache }))).toEqual(first);
  });

  it('leaves nothing but whole files, also when several convert at once', async () => {
    const cache = new AssetCache(join(folder, 'cache'));
    const small = await recipe(2);
    const paths = await Promise.all([1, 2, 3, 4].map(() => convertedModel(small, { cache })));
    expect(new Set(paths).size).toBe(1);
    expect((await readdir(join(cache.folder, 'derived'))).filter((name) => name.includes('partial'))).toEqual(
      [],
    );
  });

  it('refuses a result that the recipe does not promise', async () => {
    const small = { ...(await recipe(2)), sha256: '0'.repeat(64) };
    const cache = new AssetCache(join(folder, 'cache'));
    await expect(convertedModel(small, { cache })).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    expect(await readdir(cache.folder)).not.toContain('derived');
  });
});

describe('recipeKey', () => {
  const source = (sha256: string): SourceAsset => ({ id: 'a', sources: ['npm:a@1/x'], sha256 });
  const base: ConversionRecipe = { id: 'a', architecture: 'tfjs-graph', sources: [source('1'), source('2')] };

  it('depends on content, options and architecture, not on names and addresses', () => {
    const moved = {
      ...base,
      id: 'b',
      sources: [{ ...source('1'), sources: ['https://x/y'] }, source('2')],
    } as const;
    expect(recipeKey(moved)).toBe(recipeKey(base));
    const others: ConversionRecipe[] = [
      { ...base, sources: [source('2'), source('1')] },
      { ...base, sources: [source('1'), source('3')] },
      { ...base, architecture: 'onnx' },
      { ...base, options: { channelsLast: true } },
    ];
    expect(new Set([base, ...others].map(recipeKey)).size).toBe(5);
  });

  it('does not depend on the order of options', () => {
    const a = { ...base, options: { channelsLast: true, side: 416 } };
    const b = { ...base, options: { side: 416, channelsLast: true } };
    expect(recipeKey(a)).toBe(recipeKey(b));
  });

  it('is different for every recipe that is shipped', () => {
    expect(new Set(RECIPES.map(recipeKey)).size).toBe(RECIPES.length);
  });
});
