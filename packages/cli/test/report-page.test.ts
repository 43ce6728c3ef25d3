import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchAsset, SqliteGalleryStore, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { collected, defined, euclideanDistance, type LibraryFace, type PhotoRecord } from '@fr-stream/core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { chromiumPath } from './chromium.js';
import { runCli } from './run-cli.js';

/** A file name that would do harm where names are pasted into a page. */
const EVIL = `<img src=x onerror="document.title='harmed'">.jpg`;

let folder: string;
let faces: readonly LibraryFace[];
let women: PhotoRecord;
let page: string;
/** By hash. */
let paths: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-page-'));
  const photos = join(folder, 'photos');
  await mkdir(photos);
  const { franckStill1, franckStill2, franckStill3, strangers } = DEMO_ASSETS;
  await copyFile(await fetchAsset(franckStill1), join(photos, 'one.jpg'));
  await copyFile(await fetchAsset(franckStill2), join(photos, 'two.jpg'));
  await copyFile(await fetchAsset(franckStill3), join(photos, EVIL));
  await copyFile(await fetchAsset(strangers), join(photos, 'women.jpg'));
  const gallery = join(folder, 'set.db');
  page = join(folder, 'set-faces', 'report.html');
  const run = await runCli([photos, '--gallery', gallery, '--tiles', '1']);
  expect(run.stderr).toContain(page);
  expect(run.code).toBe(0);

  await using library = await SqlitePhotoLibrary.open(gallery);
  faces = await collected(library.faces());
  const records = await collected(library.photos());
  paths = new Map(records.map(({ hash, path }) => [hash, path]));
  women = records.filter(({ path }) => path.endsWith('women.jpg'))[0];
  const franck = faces.filter(({ hash }) => hash !== women.hash);
  expect([faces.length, franck.length]).toEqual([7, 3]);
  await using store = await SqliteGalleryStore.open(gallery);
  await store.apply([
    { kind: 'add-person', person: { id: 'f', name: 'Franck <i>' } },
    {
      kind: 'add-faces',
      embedder: franck[0].embedding.model,
      faces: franck.map(({ id, embedding: { vector }, hash }) => ({
        id,
        personId: 'f',
        vector,
        source: hash,
        quality: 1,
        kind: 'photo',
      })),
    },
  ]);
  expect((await runCli(['report', page, '--gallery', gallery])).code).toBe(0);
  const again = join(folder, 'again.html');
  expect((await runCli(['report', again, '--gallery', gallery])).code).toBe(0);
  expect(await readFile(again, 'utf8')).toBe(await readFile(page, 'utf8'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe.skipIf(chromiumPath === undefined)('the HTML report in Chromium', () => {
  let browser: Browser;
  let view: Page;
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      ...defined({ executablePath: chromiumPath }),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    view = await browser.newPage({ colorScheme: 'dark' });
    view.on('pageerror', (error) => wrong.push(error.message));
    view.on('console', (message) => {
      if (message.type() === 'error') wrong.push(message.text());
    });
    view.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) wrong.push(request.url());
    });
    await view.goto(pathToFileURL(page).href);
  });
  afterAll(async () => browser.close());

  it('shows the faces by person, each with its picture', async () => {
    expect(await view.locator('.facts').textContent()).toBe('4 photos · 7 faces · 1 person');
    expect(await view.locator('.person h2').allTextContents()).toEqual([
      'Franck <i>3 faces',
      'Not grouped4 faces',
    ]);
    const widths = await view.$$eval('.face img', (images) =>
      Promise.all(
        (images as HTMLImageElement[]).map((image) => image.decode().then(() => image.naturalWidth)),
      ),
    );
    expect(widths).toHaveLength(7);
    expect(Math.min(...widths)).toBeGreaterThan(60);
  });

  it('opens a face with its nearest ones and their distances, and steps to the next', async () => {
    await view.locator('.face').first().click();
    const dialog = view.getByRole('dialog', { name: 'Franck <i>' });
    const file = await dialog.locator('.about p').first().textContent();
    const shown = (await dialog.locator('.near b').allTextContents()).map(Number);
    expect(shown).toHaveLength(5);
    const lists = faces.map(({ id, embedding: { vector } }) =>
      faces
        .filter((other) => other.id !== id)
        .map((other) => Number(euclideanDistance(vector, other.embedding.vector).toFixed(2)))
        .sort((a, b) => a - b)
        .slice(0, 5),
    );
    expect(lists).toContainEqual(shown);
    // What commands take for the person and for the face.
    const [who, face = ''] = await dialog.locator('.refs code').allTextContents();
    expect(who).toBe('f');
    expect(file).toBe(basename(paths.get(faces.find(({ id }) => id === face)?.hash ?? '') ?? ''));
    await dialog.getByRole('button', { name: `Copy ${face}` }).click();
    await dialog.getByText(/Copied|Selected/).waitFor();
    expect(await view.evaluate(() => getSelection()?.toString())).toBe(face);
    // The other two pictures of him come first, and are said to be alike.
    expect(await dialog.locator('.near li', { hasText: 'alike' }).count()).toBe(2);
    await view.keyboard.press('ArrowRight');
    expect(await dialog.locator('.about p').first().textContent()).not.toBe(file);
    await view.keyboard.press('Escape');
    expect(await view.getByRole('dialog').count()).toBe(0);
  });

  it('draws the boxes where the faces are', async () => {
    await view.getByRole('button', { name: 'Photos' }).click();
    const figure = view.locator('figure', { hasText: 'women.jpg' });
    const stage = await figure.locator('.stage img').boundingBox();
    const middles: number[] = [];
    for (const button of await figure.locator('.stage button').all()) {
      const box = await button.boundingBox();
      if (stage === null || box === null) throw new Error('nothing is drawn');
      middles.push((box.x + box.width / 2 - stage.x) / stage.width);
    }
    const expected = faces
      .filter(({ hash }) => hash === women.hash)
      .map(({ detection: { box } }) => (box.x + box.width / 2) / women.width);
    expect(middles).toHaveLength(4);
    middles.forEach((middle, i) => expect(middle).toBeCloseTo(expected[i], 2));
    await view.getByRole('button', { name: 'People' }).click();
  });

  it('filters, in names and files and by quality', async () => {
    await view.getByRole('searchbox').fill('franck');
    expect(await view.locator('#content .face').count()).toBe(3);
    await view.getByRole('searchbox').fill('women');
    expect(await view.locator('#shown').textContent()).toBe('4 faces in 1 photo');
    await view.getByRole('searchbox').fill('women and something else');
    expect(await view.locator('#shown').textContent()).toMatch(/^No face fits/);
    await view.getByRole('searchbox').fill('');
    const qualities = faces.map(({ quality }) => Number(quality.overall.toFixed(3)));
    // The first step of the slider that is above the worst face.
    const least = Math.floor(Math.min(...qualities) * 20) * 5 + 5;
    const better = qualities.filter((quality) => quality >= least / 100);
    expect(better.length).toBeLessThan(7);
    await view.getByRole('slider').fill(String(least));
    expect(await view.locator('#content .face').count()).toBe(better.length);
    await view.getByRole('slider').fill('0');
    expect(await view.locator('#content .face').count()).toBe(7);
  });

  it('goes with the system into the dark, and by hand back to the light', async () => {
    const paper = () => view.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await paper()).toBe('rgb(22, 21, 19)');
    await view.getByRole('button', { name: 'Light or dark' }).click();
    expect(await paper()).toBe('rgb(246, 244, 240)');
  });

  it('fits a phone without scrolling sideways', async () => {
    await view.setViewportSize({ width: 390, height: 844 });
    for (const name of ['Photos', 'People']) {
      await view.getByRole('button', { name }).click();
      expect(await view.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
  });

  it('asks for nothing, breaks nothing, and runs nothing that a file name says', async () => {
    expect(wrong).toEqual([]);
    expect(await view.title()).toBe('Faces');
    expect(await view.locator('.face[title*="onerror"]').count()).toBe(1);
  });
});
