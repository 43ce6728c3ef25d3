import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppPage } from './app-page.js';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage, type Session } from './browser.js';

interface WrittenFrame {
  readonly source: string;
  readonly timeMs: number;
  readonly faces: readonly { readonly identity?: { readonly name?: string; readonly label?: string } }[];
}

/** What users met, each as they met it. */
describe.skipIf(chromiumPath === undefined)('what went wrong in the web app', { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof servePage>>;
  let browser: Session;
  let app: AppPage;
  let folder: string;
  const at = (name: string): string => join(folder, name);
  let still: string;
  let otherStill: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-faults-'));
    [still, otherStill] = await Promise.all([samples.still(), samples.otherStill()]);
    const video = await samples.video();
    const encode = ['-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
    await run(ffmpeg.path, ['-y', '-ss', '5', '-t', '3', '-i', video, ...encode, at('clip.mp4')]);
    // Too far away to be known by, and turned on his side.
    const small = 'scale=160:-2,transpose=1,pad=640:480:(ow-iw)/2:(oh-ih)/2';
    await run(ffmpeg.path, [
      ...['-y', '-ss', '5', '-t', '6', '-i', video, '-vf', small, ...encode],
      at('far.mp4'),
    ]);
    // Shown best in its first picture, which stands for two seconds.
    const first = "boxblur=4:enable='gte(n,1)',setpts='if(eq(N,0),0,PTS+2/TB)'";
    await run(ffmpeg.path, [
      ...['-y', '-ss', '5', '-t', '2', '-i', video, '-vf', first, '-vsync', 'vfr', ...encode],
      at('first.mp4'),
    ]);
    server = await servePage();
    browser = await openBrowser(['--autoplay-policy=no-user-gesture-required']);
    app = new AppPage(await browser.context.newPage());
    await app.open(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('a first visit fetches what is large once, and no runtime that its models do not need', () => {
    const large = server.served.filter((path) => /\.(?:wasm|onnx)$/.test(path));
    expect([...large].sort()).toEqual([...new Set(large)].sort());
    expect(large.filter((path) => path.endsWith('.wasm'))).toEqual([]);
    expect(large.filter((path) => path.endsWith('.onnx')).length).toBe(3);
  });

  it('a face that is named anew moves: nobody has it twice', async () => {
    await app.showPhotos(still);
    await app.name('Somebody Else');
    await expect.poll(() => app.listed()).toEqual(['Somebody Else 1 face']);
    await app.name('Franck');
    await expect.poll(() => app.listed()).toEqual(['Franck 1 face']);
    // And he is known from then on.
    await app.showPhotos(otherStill);
    await expect.poll(() => app.inView.allTextContents()).toEqual(['Franck']);
  });

  it('what one tab does the other knows: a name, another name, forgetting', async () => {
    const second = new AppPage(await browser.context.newPage());
    await second.open(server.url);
    // The first stands still meanwhile: no next frame tells it.
    await app.show(at('clip.mp4'));
    await expect.poll(() => app.inView.allTextContents(), { timeout: 60_000 }).toEqual(['Franck']);
    await app.page.locator('#pause').click();
    await second.showPhotos(still);
    await expect.poll(() => second.inView.allTextContents()).toEqual(['Franck']);
    await second.name('Francis');
    await expect.poll(() => app.listed()).toEqual(['Francis 2 faces']);
    await expect.poll(() => app.inView.allTextContents()).toEqual(['Francis']);
    await second.page.locator('people-manager .fp-card').first().click();
    await second.page.getByRole('button', { name: 'Forget …' }).click();
    await second.page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await expect.poll(() => app.listed()).toEqual([]);
    await expect.poll(() => app.inView.allTextContents()).not.toContain('Francis');
    await second.page.close();
  });

  it('a small face on its side is looked at from close up when it is clicked, and can be named', async () => {
    await app.showPhotos(still);
    await app.name('Franck');
    await app.show(at('far.mp4'));
    const shown = await app.page.waitForFunction(
      () => document.querySelector<HTMLElement>('#in-view button')?.dataset.face?.split(':')[0],
      undefined,
      { timeout: 60_000 },
    );
    const playing = await shown.jsonValue();
    await app.page.locator('#pause').click();
    // He is not found in each picture, but in the first; after a jump faces have ids of their own.
    await app.page.locator('#seek').fill('0');
    const there = app.page.locator(`#in-view button:not([data-face^="${playing}:"])`);
    await there.getByText('unknown').waitFor({ timeout: 60_000 });
    await there.click();
    // Turned upright he is known, which the tracker, who turns no pictures, could not say.
    // (A photo of him that is nobody's yet may be more like him than the one by which he was named.)
    await app.page
      .locator('#alike li')
      .getByText(/^Franck$/)
      .waitFor({ timeout: 20_000 });
    const alike = app.page.locator('#alike li').filter({ hasText: /^Franck[5-9]\d %/ });
    await expect.poll(() => alike.count(), { timeout: 20_000 }).toBe(1);
    await app.page.locator('#name').fill('Franck');
    await app.page.locator('#name').press('Enter');
    await expect.poll(() => app.inView.allTextContents()).toContain('Franck');
    await expect.poll(() => app.listed()).toEqual(['Franck 2 faces']);
    await app.page.locator('#stop').click();
  });

  it('events are of one source, each frame once, with the names of now', async () => {
    await app.showPhotos(still);
    await app.show(at('clip.mp4'));
    await app.inView.first().waitFor({ timeout: 60_000 });
    // It has been watched for a while, and is then gone through.
    await app.page.locator('#scan').click();
    await app.page
      .locator('#status')
      .getByText(/^7\d frames in/)
      .waitFor({ timeout: 90_000 });
    await app.name('Late Name');
    await expect
      .poll(() => app.page.locator('#export-source option').allTextContents())
      .toContain('clip.mp4');
    await app.page.locator('#export-source').selectOption({ label: 'clip.mp4' });
    const frames = (await app.saved('#export-events'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as WrittenFrame);
    expect(new Set(frames.map(({ source }) => source))).toEqual(new Set(['clip.mp4']));
    const times = frames.map(({ timeMs }) => timeMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(frames.length).toBeGreaterThan(70);
    expect(frames.every(({ faces }) => faces.every(({ identity }) => identity?.name === 'Late Name'))).toBe(
      true,
    );
    await app.page.locator('#export-form').selectOption('vtt');
    expect(await app.saved('#export-events')).toMatch(
      /^WEBVTT\n\n00:00:00\.000 --> 00:00:02\.\d{3}\nLate Name\n$/,
    );
    await app.page.locator('#export-form').selectOption('csv');
    const rows = (await app.saved('#export-events')).trim().split('\r\n');
    expect(rows[0]).toBe('source,frame,timeMs,x,y,width,height,score,track,name,similarity');
    expect(rows.length - 1).toBe(frames.length);
    await app.page.locator('#export-form').selectOption('jsonl');
  });

  it('a scan can be stopped, and what was seen stays', async () => {
    await app.show(at('far.mp4'));
    await app.page.locator('#scan').click();
    await app.page
      .locator('#status')
      .getByText(/^Going through far\.mp4: /)
      .waitFor({ timeout: 60_000 });
    await expect.poll(() => app.page.locator('#scan').textContent()).toBe('Stop');
    await app.page.locator('#scan').click();
    await app.page
      .locator('#status')
      .getByText(/^Stopped after \d+ frames/)
      .waitFor({ timeout: 60_000 });
    await expect.poll(() => app.page.locator('#scan').textContent()).toBe('Scan all of it');
    await expect.poll(() => app.page.locator('#pause').isEnabled()).toBe(true);
  });

  it('a dropped folder is opened, all of it; every file that fails is named', async () => {
    const drop = at('drop');
    await mkdir(join(drop, 'inner'), { recursive: true });
    await copyFile(still, join(drop, 'a.jpg'));
    await copyFile(otherStill, join(drop, 'inner', 'b.jpg'));
    await copyFile(at('clip.mp4'), join(drop, 'inner', 'clip.mp4'));
    await writeFile(join(drop, 'broken.jpg'), 'no picture');
    await writeFile(join(drop, 'inner', 'also-broken.png'), 'no picture either');
    await writeFile(join(drop, 'letter.docx'), 'a letter');
    const cdp = await browser.context.newCDPSession(app.page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const data = { items: [], files: [drop], dragOperationsMask: 1 };
      await cdp.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    }
    await app.page
      .locator('#status')
      .getByText(/^2 photos, 2 faces\. 2 could not be read/)
      .waitFor({ timeout: 60_000 });
    const failed = await app.page.locator('#errors li').allTextContents();
    expect(failed).toEqual([
      expect.stringContaining('letter.docx') as string,
      expect.stringContaining('broken.jpg') as string,
      expect.stringContaining('also-broken.png') as string,
    ]);
    expect(await app.page.locator('#sources button').allTextContents()).toEqual([
      '2 of 4 photos',
      'clip.mp4',
    ]);
    await app.page.locator('#sources button').nth(1).click();
    await app.inView.first().waitFor({ timeout: 60_000 });
    expect(await app.page.locator('#sources button').nth(1).getAttribute('aria-pressed')).toBe('true');
    await app.page.locator('#dismiss').click();
    await app.page.locator('#stop').click();
  });

  it('works over plain HTTP on a network, where browsers give much less', async () => {
    const port = new URL(server.url).port;
    const lan = await openBrowser([`--host-resolver-rules=MAP camera.lan 127.0.0.1`]);
    try {
      const there = new AppPage(await lan.context.newPage());
      await there.open(`http://camera.lan:${port}`);
      expect(
        await there.page.evaluate(() => [isSecureContext, 'randomUUID' in crypto, 'caches' in globalThis]),
      ).toEqual([false, false, false]);
      await there.showPhotos(still);
      await there.name('Franck');
      await there.open(`http://camera.lan:${port}`);
      await expect.poll(() => there.listed()).toEqual(['Franck 1 face']);
      // A photo that another program has saved again takes its own place, and he is still in it.
      const name = basename(still);
      await Promise.all(['again', 'other'].map((folder) => mkdir(at(folder))));
      await run(ffmpeg.path, ['-y', '-i', still, '-vf', 'hue=s=0', at(`again/${name}`)]);
      await there.showPhotos(at(`again/${name}`));
      await expect.poll(() => there.inView.allTextContents()).toEqual(['Franck']);
      await expect.poll(() => there.listed()).toEqual(['Franck 1 face']);
      // Another photo of that name is kept beside it.
      await copyFile(otherStill, at(`other/${name}`));
      await there.showPhotos(at(`other/${name}`));
      await expect.poll(() => there.inView.allTextContents()).toEqual(['Franck']);
      const kept = there.page.locator('#kept-summary');
      await expect.poll(() => kept.textContent()).toMatch(/^2 photos with 2 faces\./);
    } finally {
      await lan.close();
    }
  });

  it('works where the browser keeps nothing, and says so', async () => {
    // As when a user blocks all site data.
    const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
    const forgetful = await openBrowser([], undefined, blocked);
    try {
      const there = new AppPage(await forgetful.context.newPage());
      await there.open(server.url);
      expect(await there.page.locator('#notice').textContent()).toContain('keeps nothing');
      await there.showPhotos(still, otherStill);
      await there.name('For Now');
      await expect.poll(() => there.listed()).toEqual(['For Now 2 faces']);
    } finally {
      await forgetful.close();
    }
  });

  it('logged no error', () => {
    expect(app.errors).toEqual([]);
  });

  it('a face of a video has one place, named before the video was scanned, or after', async () => {
    const fresh = await openBrowser(['--autoplay-policy=no-user-gesture-required']);
    try {
      const page = new AppPage(await fresh.context.newPage());
      await page.open(server.url);
      await page.show(at('first.mp4'));
      await page.inView.first().waitFor({ timeout: 60_000 });
      await page.name('Before');
      await expect.poll(() => page.listed()).toEqual(['Before 1 face']);
      await page.page.locator('#scan').click();
      await page.page
        .locator('#status')
        .getByText(/frames in/)
        .waitFor({ timeout: 90_000 });
      await page.page.locator('#kept-videos').getByText('first.mp4').waitFor();
      await expect.poll(() => page.page.locator('#kept-videos img').getAttribute('alt')).toBe('Before');
      await expect.poll(() => page.listed()).toEqual(['Before 1 face']);
      await page.name('After');
      await expect.poll(() => page.listed()).toEqual(['After 1 face']);
      await expect.poll(() => page.page.locator('#kept-videos img').getAttribute('alt')).toBe('After');
      // Opened again and not scanned again: a name goes to whom the video is known to show, and each can be undone.
      await page.open(server.url);
      await page.show(at('first.mp4'));
      await expect.poll(() => page.inView.allTextContents()).toEqual(['After']);
      await page.name('Later');
      await expect.poll(() => page.listed()).toEqual(['Later 1 face']);
      const kept = () => page.page.locator('#kept-videos img').getAttribute('alt');
      await expect.poll(kept).toBe('Later');
      const undo = page.page.locator('people-manager').getByRole('button', { name: 'Undo' });
      await undo.click();
      await expect.poll(() => page.listed()).toEqual(['After 1 face']);
      await expect.poll(kept).toBe('After');
      await undo.click();
      await expect.poll(() => page.listed()).toEqual(['Before 1 face']);
      await undo.click();
      await expect.poll(() => page.listed()).toEqual([]);
      expect(page.errors).toEqual([]);
    } finally {
      await fresh.close();
    }
  });
});
