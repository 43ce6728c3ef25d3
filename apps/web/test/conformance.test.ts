import { readFile } from 'node:fs/promises';
import { cosineSimilarity, HnswGraphIndex, iou } from '@fr-stream/core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage, type Session } from './browser.js';
import { facesInNode, type FoundFace } from './node-faces.js';

/** What test/pages/conformance.ts puts into the page. */
interface TestPage {
  runSuite(name: string): Promise<{ name: string; error: string | null }[]>;
  analyze(
    urls: readonly string[],
    provider: string,
  ): Promise<{ models: { provider: string; reason: string }[]; isolated: boolean; pictures: FoundFace[][] }>;
  indexBytes(vectors: readonly (readonly number[])[]): Promise<number[]>;
  readVideo(url: string): Promise<{ width: number; height: number; times: number[] }>;
}
declare const frStreamTest: TestPage;

describe.skipIf(chromiumPath === undefined)('in real Chromium', () => {
  let server: Awaited<ReturnType<typeof servePage>>;
  let browser: Session;
  let page: Page;

  beforeAll(async () => {
    server = await servePage();
    browser = await openBrowser();
    page = await browser.context.newPage();
    await page.route('**/samples/*', async (route) => {
      const name = new URL(route.request().url()).pathname.split('/').pop();
      const sample = Object.entries(samples).find(([key]) => key === name)?.[1];
      if (sample === undefined) await route.abort();
      else
        await route.fulfill({
          body: await readFile(await sample()),
          contentType: 'application/octet-stream',
        });
    });
    await page.goto(`${server.url}/test/pages/conformance.html`);
    await page.waitForFunction(() => document.title === 'ready');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each(['backend', 'codec', 'index', 'gallery'])(
    'the %s suite passes',
    { timeout: 180_000 },
    async (suite) => {
      const results = await page.evaluate((name) => frStreamTest.runSuite(name), suite);
      expect(results.length).toBeGreaterThan(5);
      expect(results.filter(({ error }) => error !== null)).toEqual([]);
    },
  );

  it('finds the same faces, landmarks, embeddings and neighbours as Node', async () => {
    const names = ['strangers', 'still', 'otherStill'] as const;
    const expected = await facesInNode(await Promise.all(names.map((name) => samples[name]())));
    const urls = names.map((name) => `/samples/${name}`);
    const { pictures, isolated, models } = await page.evaluate(
      (all) => frStreamTest.analyze(all, 'auto'),
      urls,
    );
    expect(isolated).toBe(true);
    expect(models).toHaveLength(3);
    expect(pictures.map((faces) => faces.length)).toEqual(expected.map((faces) => faces.length));
    expect(expected.flat().length).toBeGreaterThanOrEqual(5);
    let [worstIou, worstPoint, worstCosine] = [1, 0, 1];
    for (const [p, faces] of expected.entries()) {
      for (const [i, face] of faces.entries()) {
        const other = pictures[p][i];
        worstIou = Math.min(worstIou, iou(face.box, other.box));
        for (const [k, point] of face.points.entries()) {
          worstPoint = Math.max(
            worstPoint,
            Math.hypot(point.x - other.points[k].x, point.y - other.points[k].y),
          );
        }
        const cosine = cosineSimilarity(Float32Array.from(face.vector), Float32Array.from(other.vector));
        worstCosine = Math.min(worstCosine, cosine);
      }
    }
    console.log(
      `Node against Chromium, worst: IoU ${worstIou}, landmark ${worstPoint} px, cosine ${worstCosine}`,
    );
    expect(worstIou).toBeGreaterThanOrEqual(0.99);
    expect(worstPoint).toBeLessThanOrEqual(0.5);
    expect(worstCosine).toBeGreaterThanOrEqual(0.999);

    const vectors = expected.flat().map(({ vector }) => vector);
    const ours = new HnswGraphIndex(vectors[0].length);
    await ours.add(vectors.map((vector, i) => ({ id: `v${i}`, vector: Float32Array.from(vector) })));
    const bytes = Uint8Array.from(await page.evaluate((all) => frStreamTest.indexBytes(all), vectors));
    expect(bytes).toEqual(ours.toBytes());
    const theirs = HnswGraphIndex.fromBytes(bytes);
    for (const face of pictures.flat()) {
      const ids = async (index: HnswGraphIndex) =>
        (await index.search(Float32Array.from(face.vector), 5)).map(({ id }) => id);
      expect(await ids(theirs)).toEqual(await ids(ours));
    }
  });

  it('reads every frame of a video file through WebCodecs', { timeout: 180_000 }, async () => {
    const { width, height, times } = await page.evaluate(() => frStreamTest.readVideo('/samples/video'));
    const { stderr } = await run(ffmpeg.path, ['-i', await samples.video(), '-an', '-f', 'null', '-']);
    const frames = Number(/frame=\s*(\d+)(?![\s\S]*frame=)/.exec(stderr)?.[1]);
    const [, w, h] = /Video:.* (\d{2,5})x(\d{2,5})/.exec(stderr) ?? [];
    expect(frames).toBeGreaterThan(1000);
    expect(times.length).toBe(frames);
    expect([width, height]).toEqual([320, Math.round((320 * Number(h)) / Number(w))]);
    expect(times.every((time, i) => i === 0 || time > times[i - 1])).toBe(true);
  });
});
