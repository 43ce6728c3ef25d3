import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { weigh } from '../scripts/sizes.js';

/** What a visitor downloads must not grow unnoticed: the most that each part may weigh stands in scripts/sizes.ts. */
describe('the built page', () => {
  let page: string;
  beforeAll(async () => {
    page = await mkdtemp(join(tmpdir(), 'fr-stream-sizes-'));
    await build({
      root: join(import.meta.dirname, '..'),
      logLevel: 'error',
      build: { outDir: page, emptyOutDir: true, copyPublicDir: false },
    });
  });
  afterAll(() => rm(page, { recursive: true, force: true }));

  it('weighs no more than it may, part by part', async () => {
    const parts = await weigh(page, false);
    const tooHeavy = parts.filter(({ raw, most }) => raw > 1000 * most);
    expect(tooHeavy.map(({ name, raw, most }) => `${name}: ${raw} bytes, not ${most} kB`)).toEqual([]);
    // Every part was found: one that is not there weighs nothing, and would pass.
    const own = parts.filter(({ name }) => !/^(?:models|analysers|other models) \(\d\)$/.test(name));
    expect(own.filter(({ raw }) => raw === 0).map(({ name }) => name)).toEqual([]);
    const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
    const wasm = await stat(join(runtime, 'ort-wasm-simd-threaded.wasm'));
    expect(wasm.size).toBeLessThan(1000 * 14_500);
  });

  it('says itself what it may load, and lists nothing large to be fetched ahead', async () => {
    const html = await readFile(join(page, 'index.html'), 'utf8');
    expect(html).toContain('http-equiv="Content-Security-Policy"');
    expect(html).not.toMatch(/script-src[^;"]*'unsafe-(?:inline|eval)'/);
    const worker = await readFile(join(page, 'sw.js'), 'utf8');
    expect(worker).not.toMatch(/url:\s*"[^"]*(?:libheif[^"]*|\.wasm|\.onnx)"/);
  });
});
