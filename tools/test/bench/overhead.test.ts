import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SharpCodec } from '@fr-stream/backend-node';
import { BareRuns, recordInputs } from '../../bench/bare-runs.js';
import { decoded, makeClip } from '../../bench/clips.js';
import { decodeAll, makePhotos, scanOnce } from '../../bench/photo-scan.js';
import { openProduct, tagFile, type Product } from '../../bench/product.js';

/**
 * Processor time of the pipeline, over that of the bare runs of onnxruntime (and the bare decoding of photos) that it
 * needs: no clock is asked, so a busy machine does not matter much. The bounds (bench/bounds.json) are one and a half to
 * two times what was measured when they were set.
 */
const boundsSchema = z.object({ cpuOverBare: z.record(z.string(), z.number()) });

let folder: string;
let product: Product;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-overhead-'));
  product = await openProduct();
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The best of three, as far as they are needed: a disturbance can only add. */
async function expectBelow(bound: number, measure: () => Promise<number>): Promise<void> {
  const ratios = [await measure()];
  while (ratios.length < 3 && Math.min(...ratios) >= bound) ratios.push(await measure());
  const best = Math.min(...ratios);
  expect(best, `ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`).toBeLessThan(bound);
  expect(best).toBeGreaterThan(0.5);
}

async function boundOf(name: string): Promise<number> {
  const text = await readFile(new URL('../../bench/bounds.json', import.meta.url), 'utf8');
  const bound = boundsSchema.parse(JSON.parse(text)).cpuOverBare[name];
  if (bound === undefined) throw new Error(`bench/bounds.json has no "${name}"`);
  return bound;
}

describe('the pipeline costs little more than its models', () => {
  it.each([
    { name: '360p, every face embedded', width: 640, height: 360, tracker: 'none' },
    { name: '720p, tracking', width: 1280, height: 720, tracker: 'appearance' },
  ] as const)('$name', async ({ name, width, height, tracker }) => {
    const clip = await makeClip(folder, { width, height, seconds: 3 });
    const inputs = await recordInputs((await decoded(clip, 1))[0]);
    // The first run compiles.
    const { frames, faces, detected, embedded } = await tagFile(product, clip, { tracker });
    const runs = { detector: detected / frames, landmarker: faces / frames, embedder: embedded / frames };
    await using bare = await BareRuns.start(inputs, runs, {
      workers: 2,
      intraOpThreads: 1,
      weights: 'loaded',
    });
    await expectBelow(await boundOf(name), async () => {
      const before = process.cpuUsage();
      await tagFile(product, clip, { tracker });
      const { user, system } = process.cpuUsage(before);
      const { cpuMs } = await bare.measure(frames);
      return (user + system) / 1000 / frames / cpuMs;
    });
  });

  it('photos, cut-outs and database written', async ({ task }) => {
    const paths = await makePhotos(folder, 50);
    await using codec = new SharpCodec();
    const inputs = await recordInputs((await codec.decode(paths[0])).image);
    // The first run compiles.
    const { faces } = await scanOnce(product.engine, paths, folder, 'first');
    const perPhoto = faces / paths.length;
    await using bare = await BareRuns.start(
      inputs,
      { detector: 1, landmarker: perPhoto, embedder: perPhoto },
      { workers: 2, intraOpThreads: 1, weights: 'loaded' },
    );
    await decodeAll(codec, paths);
    let scans = 0;
    await expectBelow(await boundOf(task.name), async () => {
      const scan = await scanOnce(product.engine, paths, folder, `scan-${scans++}`);
      const decoding = await decodeAll(codec, paths);
      const models = (await bare.measure(paths.length)).cpuMs * paths.length;
      return scan.cpuMs / (decoding.cpuMs + models);
    });
  });
});
