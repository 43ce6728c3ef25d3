import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { galleryFromJson, galleryToJson, l2Normalize, type GallerySnapshot } from '@fr-stream/core';
import { peopleStory } from '@fr-stream/people-ui/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, ffmpeg, openBrowser, run, samples, servePage, type Session } from './browser.js';

const bin = join(import.meta.dirname, '../../../packages/cli/bin/fr-stream.js');

/** Rules of WCAG 2.2 A and AA that a page breaks, with where. */
async function faults(page: Page): Promise<readonly string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(await readFile(axe, 'utf8'));
  return page.evaluate(`axe.run({
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
}

/** Six strangers of two faces each; the last looks like the first. Made up: how faces are found is not the matter. */
function sixStrangers(embedder: string): GallerySnapshot {
  const vector = (direction: number, aside: number): Float32Array => {
    const made = new Float32Array(512);
    made[direction] = 1;
    made[100 + aside] = 0.3;
    return l2Normalize(made);
  };
  const people = [1, 2, 3, 4, 5, 6].map((n) => ({
    id: `p${n}`,
    name: `unknown-${n}`,
    unnamed: true as const,
  }));
  const faces = people.flatMap(({ id }, i) =>
    [0, 1].map((n) => ({
      id: `${id}-${n}`,
      personId: id,
      vector: vector(i === 5 ? 0 : i, 2 * i + n),
      quality: 0.9 - n / 10,
      source: `photo ${n}`,
    })),
  );
  return { embedder, people, faces, rejections: [], labels: 0 };
}

/** Runs the built command line, which must succeed. */
async function cli(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [bin, ...args]);
  return stdout;
}

describe.skipIf(chromiumPath === undefined)(
  'people, between the web app and the command line',
  { timeout: 180_000 },
  () => {
    let server: Awaited<ReturnType<typeof servePage>>;
    let browser: Session;
    let page: Page;
    let folder: string;
    const at = (name: string) => join(folder, name);
    const inView = () => page.locator('#in-view button');
    const people = () => page.locator('#people-list');

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fr-stream-exchange-'));
      const video = await samples.video();
      await run(ffmpeg.path, [
        '-y',
        '-ss',
        '5',
        '-i',
        video,
        '-t',
        '4',
        '-an',
        '-c:v',
        'libx264',
        at('clip.mp4'),
      ]);
      // A man whom the command line has seen, and nobody has named.
      await cli(at('clip.mp4'), '--remember-strangers', '--every', '5', '--gallery', at('first.db'));
      await cli('gallery', 'export', at('strangers.json'), '--gallery', at('first.db'));
      server = await servePage();
      browser = await openBrowser(['--autoplay-policy=no-user-gesture-required']);
      page = await browser.context.newPage();
      await page.goto(server.url);
      await page.locator('#status').getByText('Ready.').waitFor({ timeout: 90_000 });
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    it('the app knows strangers again whom the command line remembered', async () => {
      await page.setInputFiles('#gallery-file', at('strangers.json'));
      await page.getByText('1 person imported').waitFor();
      await expect.poll(() => people().textContent()).toContain('unknown-1 1 face');
      // No suggestion for the name of somebody else.
      expect(await page.locator('#names option').count()).toBe(0);
      await page.setInputFiles('#files', at('clip.mp4'));
      await expect.poll(() => inView().first().textContent(), { timeout: 60_000 }).toBe('unknown-1');
    });

    it('gives other strangers other labels', async () => {
      await page.setInputFiles('#files', await samples.strangers());
      await expect.poll(() => inView().count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
      const labels = await inView().allTextContents();
      expect(labels).toContain('unknown-2');
      expect(labels).not.toContain('unknown-1');
    });

    it('naming his face names the one who was remembered', async () => {
      await page.setInputFiles('#files', await samples.still());
      await expect.poll(() => inView().allTextContents(), { timeout: 60_000 }).toEqual(['unknown-1']);
      await inView().first().click();
      await page.locator('#name').fill('Franck');
      await page.locator('#name').press('Enter');
      await expect
        .poll(() => people().locator('.fp-card').allTextContents())
        .toEqual([expect.stringMatching(/^Franck 2 faces$/)]);
      await expect.poll(() => inView().allTextContents()).toEqual(['Franck']);
      await expect.poll(() => people().locator('img').count()).toBeGreaterThan(0);
    });

    it('what the app exports the command line imports, and knows him by', async () => {
      const [exported] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#export-gallery').click(),
      ]);
      await exported.saveAs(at('people.json'));
      const before = galleryFromJson(await readFile(at('people.json'), 'utf8'));
      await cli('gallery', 'import', at('people.json'), '--gallery', at('second.db'));
      await cli('gallery', 'export', at('again.json'), '--gallery', at('second.db'));
      const after = galleryFromJson(await readFile(at('again.json'), 'utf8'));
      expect(after.people).toEqual(before.people);
      const byId = (faces: typeof after.faces) => [...faces].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(byId(after.faces)).toEqual(byId(before.faces));
      const events = await cli(await samples.otherStill(), '-e', '-', '--gallery', at('second.db'));
      expect(events).toContain('"name":"Franck"');
    });

    it('the people panel names a stranger, too', async () => {
      await people().locator('.fp-card').first().click();
      await page.getByRole('button', { name: 'Forget …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
      await expect.poll(() => people().textContent()).toContain('Nobody here yet.');
      await page.setInputFiles('#gallery-file', at('strangers.json'));
      await page.getByText('1 person waits for a name.').waitFor();
      await people().locator('.fp-card').first().click();
      await page.getByRole('button', { name: 'Name …' }).click();
      await page.getByRole('dialog').getByText('Who is this?').waitFor();
      await page
        .getByRole('dialog')
        .getByRole('textbox')
        .or(page.getByRole('dialog').getByRole('combobox'))
        .fill('Monsieur F.');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: '← All people' }).click();
      await expect.poll(() => people().textContent()).toContain('Monsieur F. 1 face');
    });

    it('the people panel does all that the other pages with it do, by keyboard', async () => {
      const { embedder = '' } = galleryFromJson(await readFile(at('strangers.json'), 'utf8'));
      await writeFile(at('six.json'), galleryToJson(sixStrangers(embedder)));
      await people().getByRole('button', { name: 'Monsieur F. 1 face' }).click();
      await page.getByRole('button', { name: 'Forget …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
      await expect.poll(() => people().textContent()).toContain('Nobody here yet.');
      await page.setInputFiles('#gallery-file', at('six.json'));
      await page.getByText('6 people imported').waitFor();
      await peopleStory(page, { faults });
    });
  },
);
