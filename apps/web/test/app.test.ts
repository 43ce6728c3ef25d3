import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { iou } from '@fr-stream/core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage, type Session } from './browser.js';
import { facesInNode } from './node-faces.js';

/** axe-core, once it has been put into the page. */
declare const axe: {
  run(): Promise<{ passes: unknown[]; violations: { id: string; nodes: { html: string }[] }[] }>;
};

describe.skipIf(chromiumPath === undefined)('the web app', { timeout: 180_000 }, () => {
  let server: Awaited<ReturnType<typeof servePage>>;
  let browser: Session;
  let page: Page;
  let folder: string;
  let clip: string;
  const errors: string[] = [];

  async function open(path = '/'): Promise<void> {
    await page.goto(`${server.url}${path}`);
    await page.waitForFunction(() => document.getElementById('status')?.textContent === 'Ready.', undefined, {
      timeout: 90_000,
    });
  }
  const inView = () => page.locator('#in-view button');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-web-'));
    clip = join(folder, 'clip.mp4');
    const camera = join(folder, 'camera.mjpeg');
    const video = await samples.video();
    await run(ffmpeg.path, [
      '-y',
      '-ss',
      '5',
      '-t',
      '20',
      '-i',
      video,
      ...['-f', 'lavfi', '-i', 'sine=frequency=440', '-map', '0:v', '-map', '1:a', '-shortest'],
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      clip,
    ]);
    await run(ffmpeg.path, [
      '-y',
      '-ss',
      '5',
      '-t',
      '8',
      '-i',
      video,
      '-an',
      '-c:v',
      'mjpeg',
      '-q:v',
      '3',
      '-pix_fmt',
      'yuvj420p',
      camera,
    ]);
    server = await servePage();
    browser = await openBrowser([
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
      '--autoplay-policy=no-user-gesture-required',
    ]);
    page = await browser.context.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await open();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('tags a video live, with the box where the face is', async () => {
    await page.setInputFiles('#files', clip);
    await inView().first().waitFor({ timeout: 60_000 });
    await expect.poll(() => inView().first().textContent(), { timeout: 20_000 }).toMatch(/^unknown-\d+$/);
    expect(await page.locator('#meter').textContent()).toMatch(/^\d+\.\d fps · \d+ ms · \d+ dropped$/);
    // The man sits in the middle: skin, not wall, is under the middle of the box that is drawn.
    const drawn = await page.evaluate(() => {
      const canvas = document.getElementById('overlay');
      if (!(canvas instanceof HTMLCanvasElement)) throw new Error('no overlay');
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
      for (let i = 3; i < data.length; i += 4) {
        if (data[i] === 0) continue;
        const [x, y] = [((i - 3) / 4) % canvas.width, Math.floor((i - 3) / 4 / canvas.width)];
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      }
      return {
        x: (left + right) / 2 / canvas.width,
        y: (top + bottom) / 2 / canvas.height,
        width: (right - left) / canvas.width,
      };
    });
    expect(drawn.x).toBeGreaterThan(0.25);
    expect(drawn.x).toBeLessThan(0.75);
    expect(drawn.width).toBeGreaterThan(0.1);
    expect(drawn.width).toBeLessThan(0.7);
  });

  it('names a stranger with a click, and keeps the name over a reload', async () => {
    await page.locator('#pause').click();
    // A real click, where the drawn box lies over the playing picture.
    const target = await page.evaluate(() => {
      const [canvas, video] = [document.getElementById('overlay'), document.getElementById('video')];
      if (!(canvas instanceof HTMLCanvasElement && video instanceof HTMLVideoElement))
        throw new Error('no picture');
      const [a, b] = [canvas.getBoundingClientRect(), video.getBoundingClientRect()];
      const apart = Math.max(
        Math.abs(a.x - b.x),
        Math.abs(a.y - b.y),
        Math.abs(a.width - b.width),
        Math.abs(a.height - b.height),
      );
      const aspects = [canvas.width / canvas.height, video.videoWidth / video.videoHeight];
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      let [count, x, y] = [0, 0, 0];
      for (let i = 3; i < data.length; i += 4) {
        if (data[i] === 0) continue;
        count++;
        x += ((i - 3) / 4) % canvas.width;
        y += Math.floor((i - 3) / 4 / canvas.width);
      }
      const scale = Math.min(a.width / canvas.width, a.height / canvas.height);
      return {
        apart,
        aspects,
        x: a.x + (a.width - canvas.width * scale) / 2 + (x / count) * scale,
        y: a.y + (a.height - canvas.height * scale) / 2 + (y / count) * scale,
      };
    });
    expect(target.apart).toBeLessThan(1);
    expect(target.aspects[0]).toBeCloseTo(target.aspects[1], 1);
    await page.mouse.click(target.x, target.y + 10);
    await page.locator('#selected').waitFor();
    await page.locator('#name').fill('Franck');
    await page.locator('#name').press('Enter');
    await page.getByText('Franck is saved on this device').waitFor();
    await expect.poll(() => inView().first().textContent()).toBe('Franck');
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Franck');
    await open();
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Franck');
    await page.setInputFiles('#files', clip);
    await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toBe('Franck');
    await expect.poll(() => page.locator('#timeline').textContent()).toContain('Franck');
    // Whoever asks for more than there is gets no name, at once.
    const least = (percent: string) => page.locator('#threshold').fill(percent);
    const before = await page.locator('#threshold').inputValue();
    await least('100');
    await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toMatch(/^unknown-/);
    await least(before);
    await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toBe('Franck');
    // Far enough that a slow machine, too, has seen him more than once.
    await expect
      .poll(() => page.locator('#video').evaluate((video: HTMLVideoElement) => video.currentTime), {
        timeout: 60_000,
      })
      .toBeGreaterThan(2);
  });

  it('knows him in a photo, not the strangers, and shows who is most alike', async () => {
    await page.setInputFiles(
      '#files',
      [await samples.still(), await samples.strangers()].map((path) => path),
    );
    await expect
      .poll(() => page.locator('#status').textContent(), { timeout: 60_000 })
      .toMatch(/^2 photos, \d+ faces/);
    await expect.poll(() => inView().allTextContents()).toEqual(['Franck']);
    await page.locator('#strip button').nth(1).click();
    await expect.poll(() => inView().count()).toBeGreaterThanOrEqual(4);
    expect(await inView().allTextContents()).not.toContain('Franck');
    await inView().first().click();
    await expect.poll(() => page.locator('#alike li').count()).toBe(5);
  });

  it('lays a row of photos out in groups: as one, each that was added left much garbage behind', async () => {
    // One photo, under one name: it is remembered, which takes no time.
    const still = await samples.still();
    await page.setInputFiles('#files', Array<string>(17).fill(still));
    await expect
      .poll(() => page.locator('#status').textContent(), { timeout: 60_000 })
      .toMatch(/^17 photos, 17 faces/);
    expect(await page.locator('#strip > *').count()).toBe(2);
    expect(await page.locator('#strip button').count()).toBe(17);
    await expect
      .poll(() => page.locator('#strip canvas[width="0"]').count(), { timeout: 10_000 })
      .toBeLessThan(17);
  });

  it('tells more of a face that is selected, and of one on a page of a person', async () => {
    await page.locator('#strip button').nth(0).click();
    await expect.poll(() => inView().allTextContents()).toEqual(['Franck']);
    await inView().first().click();
    expect(await page.locator('#face-quality').textContent()).toMatch(/^quality \d+ %, \d+ pixels, sharp$/);
    // Nobody has asked for them so far.
    expect(server.served.filter((path) => /pose|eye|liveness/.test(path))).toEqual([]);
    await page.locator('#face-more summary').click();
    // Looked at: he looks into the camera, with open eyes.
    await expect
      .poll(() => page.locator('#face-facts').textContent(), { timeout: 60_000 })
      .toMatch(/Posefrom the front.*Eyesleft open.*right open.*Liveness\d+ % a live face/s);
    await page.locator('#face-more summary').click();
    await page.locator('#people-list .fp-card').first().click();
    await page.locator('.fp-faces .fp-card').first().click();
    await expect
      .poll(() => page.locator('.fp-facts').textContent(), { timeout: 60_000 })
      .toMatch(/\.(?:jpg|mp4).*quality \d+ %.*Pose: .*yaw, pitch, roll.*Eyes: left open/s);
    await page.getByRole('button', { name: '← All people' }).click();
  });

  it('shows a HEIC picture upright, which this browser does not by itself', async () => {
    const pictures = join(import.meta.dirname, '../../../packages/backend-node/test/codec/pictures');
    await page.setInputFiles('#files', join(pictures, 'turned-6.heic'));
    await page
      .locator('#status')
      .getByText(/^1 photo, 0 faces/)
      .waitFor({ timeout: 60_000 });
    const quarters = () =>
      page.locator('#photo').evaluate((canvas: HTMLCanvasElement) => {
        const { width, height } = canvas;
        // Of a copy: to ask the canvas itself for its pixels would keep the page from showing a picture there.
        const context = new OffscreenCanvas(width, height).getContext('2d');
        context?.drawImage(canvas, 0, 0);
        const at = (x: number, y: number) => [
          ...(context?.getImageData(x * width, y * height, 1, 1).data ?? []),
        ];
        return [width, height, ...[at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]];
      });
    // Exif 2.32, table 6: what was red, green, blue and white by rows lies on its side.
    await expect.poll(async () => (await quarters()).slice(0, 2)).toEqual([32, 64]);
    await expect
      .poll(async () =>
        (await quarters())
          .slice(2)
          .map((pixel) => (Array.isArray(pixel) ? pixel.map((value) => (value > 127 ? 1 : 0)).join('') : '')),
      )
      .toEqual(['0011', '1001', '1111', '0101']);
  });

  it('exports people and events', async () => {
    const [people] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#export-gallery').click(),
    ]);
    const gallery: unknown = JSON.parse(await readFile(await people.path(), 'utf8'));
    expect(gallery).toMatchObject({
      schema: 'fr-stream/gallery@1',
      embedder: 'faceplugin-feature-512',
      people: [{ name: 'Franck' }],
    });
    await page.locator('#export-source').selectOption({ label: 'clip.mp4' });
    const [events] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#export-events').click(),
    ]);
    const lines = (await readFile(await events.path(), 'utf8'))
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines[0]).toMatchObject({ schema: 'fr-stream/faces@1', source: 'clip.mp4' });
    // The boxes are where Node finds the face in the same moment of the video.
    const written = lines as {
      timeMs: number;
      source: string;
      faces: { box: [number, number, number, number] }[];
    }[];
    expect(new Set(written.map(({ source }) => source))).toEqual(new Set(['clip.mp4']));
    // The last one written: how far the video got before the photos took its place is up to the machine.
    const line = written.at(-1);
    if (line === undefined) throw new Error('no line of the video was exported');
    const frame = join(folder, 'frame.png');
    await run(ffmpeg.path, [
      '-y',
      '-i',
      clip,
      '-ss',
      `${Math.max(0, line.timeMs - 15) / 1000}`,
      '-frames:v',
      '1',
      frame,
    ]);
    const [[face]] = await facesInNode([frame]);
    const [x, y, width, height] = line.faces[0].box;
    expect(iou(face.box, { x, y, width, height })).toBeGreaterThan(0.75);
  });

  it('forgets a person, and learns them again from an exported file', async () => {
    const [exported] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#export-gallery').click(),
    ]);
    await page.locator('#people-list .fp-card').first().click();
    await page.getByRole('button', { name: 'Forget …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Nobody here yet.');
    await page.setInputFiles('#gallery-file', await exported.path());
    await page.getByText('1 person imported').waitFor();
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Franck');
  });

  it('goes through a whole video, and shows names from its first frame on', async () => {
    const short = join(folder, 'short.mp4');
    await run(ffmpeg.path, ['-y', '-t', '5', '-i', clip, '-c', 'copy', short]);
    await page.setInputFiles('#files', short);
    await page.locator('#scan').click();
    await page
      .locator('#status')
      .getByText(/^12\d frames in/)
      .waitFor({ timeout: 150_000 });
    await page.locator('#timeline').getByText('Franck').waitFor();
    await expect.poll(() => page.locator('#timeline').textContent()).toMatch(/^Franck 0:00–0:0[45]$/);
    expect(await page.locator('#video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(true);
    await page.locator('#sound').click();
    await expect.poll(() => page.locator('#sound').getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('#video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(false);
    await page.locator('#timeline button').first().click();
    await expect.poll(() => inView().allTextContents()).toEqual(['Franck']);
  });

  it('writes the video with its faces hidden, and keeps who is in it', async () => {
    await page.locator('#kept-videos').getByText('short.mp4').waitFor();
    await expect.poll(() => page.locator('#kept-videos img').getAttribute('alt')).toBe('Franck');
    const detail = async (file: string) => {
      // How much neighbouring pixels differ within the face, of a frame in the midst.
      const side = 64;
      const { stdout } = await run(
        ffmpeg.path,
        [
          ...['-loglevel', 'error', '-ss', '2', '-i', file, '-frames:v', '1'],
          ...['-vf', `crop=${crop},scale=${side}:${side}`, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
        ],
        { encoding: 'buffer' },
      );
      expect(stdout.length).toBe(side * side);
      let sum = 0;
      for (let i = 1; i < stdout.length; i++) if (i % side > 0) sum += (stdout[i] - stdout[i - 1]) ** 2;
      return sum;
    };
    const short = join(folder, 'short.mp4');
    const frame = join(folder, 'midst.png');
    await run(ffmpeg.path, ['-y', '-loglevel', 'error', '-ss', '2', '-i', short, '-frames:v', '1', frame]);
    const [[{ box }]] = await facesInNode([frame]);
    const crop = [box.width / 2, box.height / 2, box.x + box.width / 4, box.y + box.height / 4]
      .map(Math.round)
      .join(':');
    const save = async (hide: string) => {
      await page.locator('#hide').selectOption(hide);
      const [saved] = await Promise.all([
        page.waitForEvent('download', { timeout: 120_000 }),
        page.locator('#save-picture').click(),
      ]);
      const path = join(folder, `${hide}-${saved.suggestedFilename()}`);
      await saved.saveAs(path);
      return path;
    };
    const blurred = await save('all');
    const named = await save('unknown');
    // What is said in it is still to be heard.
    const told = await run(ffmpeg.path, ['-hide_banner', '-i', named]).catch((error: unknown) =>
      String(error),
    );
    expect(told).toMatch(/Stream #0.*Audio: \w+/);
    expect(blurred).toMatch(/short\.blurred\.(?:mp4|webm)$/);
    const [before, hidden, shown] = [await detail(short), await detail(blurred), await detail(named)];
    expect(hidden).toBeLessThan(0.5 * before);
    // He has a name, so he is still to be seen.
    expect(shown).toBeGreaterThan(0.7 * before);
    // What was gone through is known when it is opened again, after a reload too.
    await open();
    await page.setInputFiles('#files', short);
    await page.getByText('short.mp4 was gone through before: 1 person.').waitFor();
    await expect.poll(() => page.locator('#timeline').textContent()).toMatch(/^Franck 0:00–0:0[45]$/);
  });

  it('can be used with a keyboard and a screen reader, dark and light, at phone and desktop width', async () => {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const check = async () => {
      await page.evaluate(source);
      const { passes, violations } = await page.evaluate(() => axe.run());
      expect(passes.length).toBeGreaterThan(20);
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    };
    // From the chip of a face to its name by keys alone.
    await inView().first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('name');
    try {
      for (const colorScheme of ['dark', 'light'] as const) {
        for (const viewport of [
          { width: 390, height: 844 },
          { width: 1280, height: 900 },
        ]) {
          // At once: halfway from dark to light no contrast is right.
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await page.setViewportSize(viewport);
          expect(await check()).toEqual([]);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(wide).toBeLessThanOrEqual(viewport.width);
        }
      }
      await page.locator('#people-list .fp-card').first().press('Enter');
      await page.getByRole('button', { name: 'Rename …' }).waitFor();
      expect(await check()).toEqual([]);
      await page.getByRole('button', { name: 'Rename …' }).press('Enter');
      await page.getByRole('dialog').waitFor();
      expect(await check()).toEqual([]);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    } finally {
      await page.emulateMedia({ colorScheme: null });
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });

  it('watches the webcam', async () => {
    await page.locator('#webcam').click();
    await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toBe('Franck');
  });

  it('takes other models, whose people are kept apart', async () => {
    const ready = () => page.locator('#status').getByText('Ready.').waitFor({ timeout: 60_000 });
    const choose = async (list: string, id: string) => {
      await Promise.all([page.waitForEvent('load'), page.locator(list).selectOption(id)]);
      await ready();
      expect(await page.locator(list).inputValue()).toBe(id);
    };
    await choose('#embedder', 'mobileface-256');
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Nobody here yet.');
    await choose('#detector', 'blazeface-short-128');
    await page.setInputFiles('#files', await samples.still());
    await page.locator('#status').getByText('1 photo, 1 face').waitFor({ timeout: 60_000 });
    await inView().first().click();
    await page.locator('#name').fill('Known to the small one');
    await page.locator('#name').press('Enter');
    await page.locator('#people-list').getByText('Known to the small one').waitFor();
    await page.setInputFiles('#files', await samples.otherStill());
    await expect.poll(() => inView().allTextContents()).toEqual(['Known to the small one']);
    await choose('#detector', 'ultraface-rfb-320');
    await choose('#embedder', 'faceplugin-feature-512');
    await expect.poll(() => page.locator('#people-list').textContent()).toContain('Franck');
    expect(await page.locator('#people-list').textContent()).not.toContain('small one');
  });

  it('works without a network once loaded', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await browser.context.setOffline(true);
    try {
      await open();
      await page.setInputFiles('#files', clip);
      await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toBe('Franck');
    } finally {
      await browser.context.setOffline(false);
    }
  });

  it('sent nothing anywhere but to its own origin, and logged no error', () => {
    expect(browser.requests.length).toBeGreaterThan(5);
    expect(browser.requests.filter((url) => !url.startsWith(`${server.url}/`))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
