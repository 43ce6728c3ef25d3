import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosineSimilarity, HnswGraphIndex, iou, type YuvColor } from '@fr-stream/core';
import type { AnalyzedFace } from '@fr-stream/browser';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage, type Session } from './browser.js';
import { facesInNode, type FoundFace } from './node-faces.js';

/** What test/pages/conformance.ts puts into the page. */
interface TestPage {
  mergeOfVersion4(): Promise<readonly (readonly [string, string | undefined])[]>;
  runSuite(name: string): Promise<{ name: string; error: string | null }[]>;
  analyze(
    urls: readonly string[],
    provider: string,
  ): Promise<{ models: { provider: string; reason: string }[]; isolated: boolean; pictures: FoundFace[][] }>;
  indexBytes(vectors: readonly (readonly number[])[]): Promise<number[]>;
  keepIndex(bytes: readonly number[]): Promise<number[]>;
  copiedPlanes(
    format: VideoPixelFormat,
    colorSpace: VideoColorSpaceInit,
    rotation?: number,
  ): Promise<{ data: number[]; color?: YuvColor } | undefined>;
  firstFrame(
    url: string,
  ): Promise<{ decoded: number[]; drawn: number[]; planes: number[]; format: string; width: number }>;
  followElement(
    url: string,
    count: number,
  ): Promise<{
    frames: { index: number; timeMs: number; behindMs: number; width: number }[];
    dropped: number;
  }>;
  kernelDifference(): number | undefined;
  readPhotos(urls: readonly string[]): Promise<{ sizes: number[]; broken: string[] }>;
  readVideo(url: string): Promise<{ width: number; height: number; times: number[] }>;
  track(
    url: string,
    count: number,
    detectEveryMs: number,
  ): Promise<{ timeMs: number; evaluated: boolean; faces: Pick<AnalyzedFace, 'id' | 'track'>[] }[]>;
}
declare const frStreamTest: TestPage;

describe.skipIf(chromiumPath === undefined)('in real Chromium', () => {
  let server: Awaited<ReturnType<typeof servePage>>;
  let browser: Session;
  let page: Page;
  let folder: string;
  /** A second of the video, to be shown turned by a quarter, as phones write it. */
  let turned: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-conformance-'));
    turned = join(folder, 'turned.mp4');
    const cut = ['-v', 'error', '-t', '1', '-i', await samples.video(), '-an', '-c', 'copy'];
    await run(ffmpeg.path, [...cut, '-metadata:s:v:0', 'rotate=90', turned]);
    server = await servePage();
    browser = await openBrowser(['--autoplay-policy=no-user-gesture-required']);
    page = await browser.context.newPage();
    await page.route('**/samples/*', async (route) => {
      const name = new URL(route.request().url()).pathname.split('/').pop();
      if (name === 'turned') {
        await route.fulfill({ path: turned, contentType: 'video/mp4' });
        return;
      }
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
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['backend', 'codec', 'gallery', 'photoLibrary', 'videoLibrary'])(
    'the %s suite passes',
    { timeout: 180_000 },
    async (suite) => {
      const results = await page.evaluate((name) => frStreamTest.runSuite(name), suite);
      expect(results.length).toBeGreaterThan(5);
      expect(results.filter(({ error }) => error !== null)).toEqual([]);
    },
  );

  it('people whom an earlier version kept as of one picture, as they are in one video, can be one person', async () => {
    const faces = await page.evaluate(() => frStreamTest.mergeOfVersion4());
    expect(faces.map(([id]) => id).sort()).toEqual(['00112233445566778899-t0', '00112233445566778899-t1']);
    expect(faces.every(([id, picture]) => id === picture)).toBe(true);
  });

  it('runs the pixel kernel', async () => {
    expect(await page.evaluate(() => frStreamTest.kernelDifference())).toBeLessThan(0.001);
  });

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
    const kept = await page.evaluate((all) => frStreamTest.keepIndex(all), Array.from(bytes));
    expect(Uint8Array.from(kept)).toEqual(bytes);
    const theirs = HnswGraphIndex.fromBytes(bytes);
    for (const face of pictures.flat()) {
      const ids = async (index: HnswGraphIndex) =>
        (await index.search(Float32Array.from(face.vector), 5)).map(({ id }) => id);
      expect(await ids(theirs)).toEqual(await ids(ours));
    }
  });

  it.each([
    ['as it is', '/samples/video', 'wide', () => samples.video()],
    ['turned by a quarter', '/samples/turned', 'tall', () => turned],
  ])(
    'gets the pixels of a video that ffmpeg gets, within 4 levels of 255 on average and 16 at most, %s',
    async (_, url, shape, file) => {
      const { decoded, drawn, planes, format, width } = await page.evaluate(
        (at) => frStreamTest.firstFrame(at),
        url,
      );
      expect(drawn).toEqual(decoded);
      expect(format).toBe(shape === 'wide' ? 'yuv420p' : 'rgba32');
      const { stdout } = await run(
        ffmpeg.path,
        [
          ...['-v', 'error', '-i', await file(), '-frames:v', '1'],
          ...['-f', 'rawvideo', '-pix_fmt', 'rgba', '-'],
        ],
        { encoding: 'buffer', maxBuffer: 1e8 },
      );
      expect(stdout.length % width).toBe(0);
      expect(width > stdout.length / 4 / width ? 'wide' : 'tall').toBe(shape);
      const expected = Array.from(stdout).filter((_, i) => i % 101 === 0);
      expect(decoded.length).toBe(expected.length);
      for (const [how, values] of Object.entries({ decoded, planes })) {
        const off = values.map((value, i) => Math.abs(value - expected[i]));
        const mean = off.reduce((sum, one) => sum + one, 0) / off.length;
        console.log(`${how}, against ffmpeg: ${mean} levels on average, ${Math.max(...off)} at most`);
        // ffmpeg rounds more coarsely, and sees chroma at half the resolution; a wrong matrix or range is tens of levels off.
        expect(mean).toBeLessThan(4);
        expect(Math.max(...off)).toBeLessThanOrEqual(16);
      }
    },
  );

  it('copies the planes of a frame where it knows their colours', async () => {
    const copied = (...args: Parameters<TestPage['copiedPlanes']>) =>
      page.evaluate((all) => frStreamTest.copiedPlanes(...all), args);
    const sdtv = {
      matrix: 'smpte170m',
      primaries: 'smpte170m',
      transfer: 'smpte170m',
      fullRange: false,
    } as const;
    const hdtv = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: true } as const;
    const stored = Array.from({ length: 27 }, (_, i) => i);
    const limited = { matrix: 'bt601', range: 'limited' };
    expect(await copied('I420', sdtv)).toEqual({ data: stored, color: limited });
    expect(await copied('I420', hdtv)).toEqual({ data: stored, color: { matrix: 'bt709', range: 'full' } });
    // Chroma in pairs of U and V.
    const parted = [...stored.slice(0, 15), 15, 17, 19, 21, 23, 25, 16, 18, 20, 22, 24, 26];
    expect(await copied('NV12', sdtv)).toEqual({ data: parted, color: limited });
    // HDR, no colours at all, another format, turned.
    expect(await copied('I420', { ...hdtv, transfer: 'pq' as 'bt709' })).toBeUndefined();
    expect(await copied('I420', { ...hdtv, matrix: 'bt2020-ncl' as 'bt709' })).toBeUndefined();
    expect(await copied('RGBX', { ...hdtv, matrix: 'rgb' })).toBeUndefined();
    expect(await copied('I420', sdtv, 90)).toBeUndefined();
  });

  it('follows a playing video with the newest frame, and counts those it missed', async () => {
    const { frames, dropped } = await page.evaluate(() => frStreamTest.followElement('/samples/video', 6));
    expect(frames.map(({ width }) => width)).toEqual(Array(6).fill(320));
    for (const [i, { index, timeMs }] of frames.slice(1).entries()) {
      expect(index).toBeGreaterThan(frames[i].index);
      expect(timeMs).toBeGreaterThan(frames[i].timeMs);
    }
    // Whatever the machine's speed: what was not consumed was dropped.
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThanOrEqual(frames[5].index - 5);
  });

  it('looks for faces less often if told to, and follows them meanwhile', async () => {
    const [all, some] = await page.evaluate(
      async () => [
        await frStreamTest.track('/samples/video', 30, 0),
        await frStreamTest.track('/samples/video', 30, 100),
      ],
      undefined,
    );
    expect(all.every(({ evaluated }) => evaluated)).toBe(true);
    const evaluated = some.filter((frame) => frame.evaluated);
    expect(evaluated.length).toBeGreaterThanOrEqual(9);
    expect(evaluated.length).toBeLessThanOrEqual(12);
    for (const [i, { timeMs }] of evaluated.slice(1).entries())
      expect(timeMs - evaluated[i].timeMs).toBeGreaterThanOrEqual(100);
    let worst = 1;
    for (const [i, frame] of some.entries()) {
      expect(frame.faces.map(({ id }) => id.split(':')[1])).toEqual(
        all[i].faces.map(({ id }) => id.split(':')[1]),
      );
      for (const [k, { track }] of frame.faces.entries()) {
        const other = all[i].faces[k].track;
        if (track === undefined || other === undefined) throw new Error('a face without a track');
        expect(track.predicted).toBe(!frame.evaluated);
        worst = Math.min(worst, iou(track.box, other.box));
      }
    }
    expect(some.filter(({ faces }) => faces.length === 1).length).toBeGreaterThan(25);
    console.log(`Followed for 100 ms against found in each frame, worst: IoU ${worst}`);
    expect(worst).toBeGreaterThan(0.8);
  });

  it('reads photos, made smaller if asked for, past one that is broken', async () => {
    const { sizes, broken } = await page.evaluate(() =>
      frStreamTest.readPhotos(['/samples/still', '/samples/strangers']),
    );
    expect(broken).toEqual(['INPUT_UNSUPPORTED']);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1e5);
    expect(sizes[1]).toBeGreaterThan(0.95e5);
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
