import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findFfmpeg } from '@fr-stream/stream';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey, type Server } from '@fr-stream/server';
import { accessibilityFaults, chromiumPath, openBrowser, type Session } from './support/browser.js';
import { removeFolder, samples, startServer, tempFolder, testEngine, until } from './support/compose.js';
import { StreamServer } from './support/stream-server.js';

const VIEWS = ['live', 'timeline', 'people', 'where', 'jobs', 'cameras', 'workers'];
const KEY = 'frs_page_test_0123456789';

/** The page in a real browser, on a real server with a real camera. */
describe.skipIf(chromiumPath === undefined)('the page', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let server: Server;
  let camera: StreamServer;
  let browser: Session;
  let page: Page;
  const aside = [
    { id: 'photo-1', kind: 'photo', name: '/srv/<b>a.jpg', reason: 'a worker cannot read it', attempts: 3 },
  ];

  const api = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${KEY}`, ...init.headers } });
  const enrol = async (name: string, file: string): Promise<void> => {
    const form = new FormData();
    form.append('name', name);
    form.append('image', new Blob([new Uint8Array(await readFile(file))]));
    expect((await api('/api/people', { method: 'POST', body: form })).status).toBe(200);
  };

  beforeAll(async () => {
    folder = await tempFolder();
    engine = await testEngine();
    camera = await StreamServer.start(await samples.franck());
    server = await startServer({
      engine,
      folder,
      openQueue: async () => ({
        shown: 'redis://queue:6379',
        state: async () => ({
          ...{ waiting: 7, active: 2, delayed: 0, completed: 40, failed: aside.length },
          workers: ['box-2', 'box-1'],
        }),
        failed: async () => aside,
        retryFailed: async () => aside.splice(0).length,
        [Symbol.asyncDispose]: async () => undefined,
      }),
      config: {
        galleries: { home: { file: `${folder}/home.db` } },
        queue: 'redis://queue:6379',
        keys: [{ name: 'me', role: 'admin', hash: hashKey(KEY) }],
        network: { allow: ['127.0.0.1'] },
        cameras: { hall: { name: 'Hall', url: camera.url, maxFps: 5, maxHeight: 360 } },
      },
    });
    await enrol('Franck', await samples.still());
    browser = await openBrowser();
    page = await browser.context.newPage();
  });
  afterAll(async () => {
    for (const part of [browser, server, camera, engine]) await part?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('asks for a key, and takes the right one', async () => {
    await page.goto(server.url);
    await page.getByLabel('Key').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('not known').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Key').fill(KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Cameras' }).waitFor();
  });

  it('shows cameras live, with names', async () => {
    const canvas = page.getByRole('img', { name: 'Live picture of Hall' });
    await until('a first picture', () => canvas.evaluate((one) => (one as HTMLElement).dataset['at']));
    await page.locator('.faces', { hasText: 'Franck' }).waitFor();
    const first = await canvas.evaluate((one) => (one as HTMLElement).dataset['at']);
    await until(
      'another',
      async () => (await canvas.evaluate((one) => (one as HTMLElement).dataset['at'])) !== first,
    );
    await page.getByText('● online').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('tells what happens as it happens', async () => {
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page.getByText('Franck was recognised').first().waitFor();
    expect(
      await page
        .locator('.event img')
        .first()
        .evaluate((one: HTMLImageElement) => one.complete),
    ).toBeDefined();
    camera.switch(false);
    await page.getByText('The camera is gone').waitFor();
    camera.switch(true);
    await page.getByText('The camera is back').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('lets people be named, parted and put together again by keyboard', async () => {
    await page.getByRole('link', { name: 'People' }).click();
    const card = page.getByRole('button', { name: 'Franck 1 face' });
    await card.waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await card.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Franck' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Rename' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Name').fill('François');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'François' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'François 1 face' }).waitFor();
    await page.getByRole('button', { name: 'Everybody' }).focus();
    await page.keyboard.press('Control+z');
    await page.getByText('Undone').waitFor();
    await page.getByRole('button', { name: 'Franck 1 face' }).waitFor();

    // A second picture through the page's own form.
    await page.getByLabel('Name', { exact: true }).fill('Franck');
    await page.getByLabel('Pictures of that person alone').setInputFiles(await samples.otherStill());
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Franck 2 faces' }).click();
    const faces = page.locator('.fp-faces .fp-card');
    await faces.first().click();
    await page.getByRole('button', { name: 'Somebody else, all one' }).click();
    await page.getByText('somebody else now').waitFor();
    await page.getByRole('button', { name: 'All people' }).click();
    // The number is the next that no camera has given.
    await page.getByRole('button', { name: /^unknown-\d+ 1 face$/ }).waitFor();
    await page.getByLabel('Mark Franck').check();
    await page.getByLabel(/^Mark unknown-\d+$/).check();
    // They were just said not to be the same: that is told, and nothing changes.
    await page.getByRole('button', { name: 'Merge', exact: true }).click();
    await page.getByText('not to be the same').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Franck 2 faces' }).waitFor();
  });

  it('sets up a camera, after a test of it', async () => {
    await page.getByRole('link', { name: 'Cameras' }).click();
    await page.getByRole('button', { name: 'Add a camera' }).click();
    await page.getByLabel(/^Id/).fill('yard');
    await page.getByLabel('Address').fill('rtsp://10.0.0.1/x');
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('refused').waitFor();
    await page.getByLabel('Address').fill(camera.url);
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText(/It works: \d+ × \d+/).waitFor();
    await page.getByRole('img', { name: 'What the camera sees' }).waitFor();

    await page.getByRole('button', { name: 'Add a zone' }).click();
    const corner = (name: RegExp) => page.getByRole('button', { name });
    await corner(/^Corner 1 at 25 %, 25 %/).focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('ArrowDown');
    await corner(/^Corner 1 at 20 %, 26 %/).waitFor();
    const board = await page.locator('svg.zones').boundingBox();
    if (board === null) throw new Error('there is nothing to draw on');
    const at = (x: number, y: number) => [board.x + x * board.width, board.y + y * board.height] as const;
    await page.mouse.click(...at(0.1, 0.6));
    await corner(/^Corner 5 at 10 %, 60 %/).waitFor();
    await page.mouse.move(...at(0.75, 0.75));
    await page.mouse.down();
    await page.mouse.move(...at(0.9, 0.9));
    await page.mouse.up();
    await corner(/^Corner 3 at 90 %, 90 %/).waitFor();
    await corner(/^Corner 5/).focus();
    await page.keyboard.press('Delete');
    await corner(/^Corner 5/).waitFor({ state: 'detached' });
    await page.getByLabel('Zone', { exact: true }).fill('the path');
    await page.getByRole('button', { name: 'Add a time' }).click();
    await page.getByLabel('sun').uncheck();
    await page.getByLabel('From').fill('07:30');
    await page.getByLabel('To', { exact: true }).fill('24:00');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'yard' }).waitFor();
    const yard = (await (await api('/api/cameras/yard')).json()) as { settings: object };
    expect(yard.settings).toMatchObject({
      zones: [{ name: 'the path', kind: 'include' }],
      schedule: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '07:30', to: '24:00' }],
    });
    const [zone] = (yard.settings as { zones: { polygon: [number, number][] }[] }).zones;
    const wanted = [
      [0.2, 0.26],
      [0.75, 0.25],
      [0.9, 0.9],
      [0.25, 0.75],
    ];
    expect(zone?.polygon).toHaveLength(4);
    zone?.polygon.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(wanted[i]?.[0] ?? NaN, 1);
      expect(y).toBeCloseTo(wanted[i]?.[1] ?? NaN, 1);
    });
    const list = (await (await api('/api/cameras')).json()) as { id: string; origin: string }[];
    expect(list.map(({ id, origin }) => [id, origin])).toEqual([
      ['hall', 'config'],
      ['yard', 'api'],
    ]);
  });

  it('searches an uploaded video, and tells how far it is', async () => {
    const clip = `${folder}/clip.mp4`;
    const { path } = await findFfmpeg();
    const cut = ['-v', 'error', '-i', await samples.franck(), '-t', '2', '-c', 'copy', '-an', clip];
    expect(spawnSync(path, cut).status).toBe(0);
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByText('There is no job yet.').waitFor();
    await page.getByRole('button', { name: 'Search it' }).click();
    await page.getByText('Choose a file, or name a path.').waitFor();
    await page.getByLabel('A video, or an archive of photos').setInputFiles(clip);
    await page.getByRole('button', { name: 'Search it' }).click();
    await page.getByText(/^done · \d\d+ pictures, \d\d+ faces$/).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const address = await page.getByRole('link', { name: /^Result of Video/ }).getAttribute('href');
    expect(await (await api(address ?? '')).text()).toContain('Franck');
  });

  it('says where somebody is', async () => {
    await page.getByRole('link', { name: 'Where' }).click();
    await page.getByLabel('Name', { exact: true }).fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('nobody').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Franck');
    await page.keyboard.press('Enter');
    await page.getByText('Franck is in nothing that was read into the library').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('shows who works for a queue, and lets what was set aside be tried again', async () => {
    await page.getByRole('link', { name: 'Workers' }).click();
    await page.getByText('7 wait, 2 at work, 0 to be tried again, 40 done, 1 set aside').waitFor();
    expect(await page.locator('.view.workers .card').allInnerTexts()).toMatchObject([
      'box-1',
      'box-2',
      expect.stringMatching(/<b>a\.jpg[^]*a worker cannot read it[^]*tried 3 times/),
    ]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Try them again' }).click();
    await page.getByText('1 wait again').waitFor();
    await page.getByText('40 done, 0 set aside').waitFor();
    expect(await page.getByRole('button', { name: 'Try them again' }).isVisible()).toBe(false);
  });

  it('is as usable in the dark and on a phone', async () => {
    // In the light each has been looked at above.
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    for (const view of VIEWS) {
      await page.goto(`${server.url}/#${view}`);
      await page.locator(`.view.${view} h2`).first().waitFor();
      expect(await accessibilityFaults(page), view).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 360, height: 740 });
    for (const view of VIEWS) {
      await page.goto(`${server.url}/#${view}`);
      await page.locator(`.view.${view} h2`).first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${view} on a phone`).toBeLessThanOrEqual(360);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('ran nothing that its policy refuses', () => {
    const serious = browser.complaints.filter((text) =>
      /content security policy|refused to|uncaught|TypeError/i.test(text),
    );
    expect(serious).toEqual([]);
  });

  it('shows the documentation of the API', async () => {
    await page.goto(`${server.url}/api/docs`);
    // A large script of somebody else's.
    await page.getByText('Find faces and say who they are').waitFor({ timeout: 120_000 });
  }, 150_000);

  it('logs out', async () => {
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Key').waitFor();
  });
});
