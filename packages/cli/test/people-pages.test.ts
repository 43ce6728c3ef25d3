import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchAsset, SharpCodec } from '@fr-stream/backend-node';
import { defined } from '@fr-stream/core';
import { peopleStory } from '@fr-stream/people-ui/testing';
import { hashKey } from '@fr-stream/server';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { chromiumPath } from './chromium.js';
import { BIN, runCli } from './run-cli.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const KEY = 'frs_people_pages_0123456789';

/** Rules of WCAG 2.2 A and AA that a page breaks, with where. */
async function faults(page: Page): Promise<readonly string[]> {
  // Past the page's own policy, which rightly refuses it.
  await page.evaluate(AXE);
  return page.evaluate(`axe.run({
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
}

/** The same story on both pages that the command serves, in a real browser, with the photos of real people (from npm). */
describe.skipIf(chromiumPath === undefined)('the people manager', { timeout: 240_000 }, () => {
  let folder: string;
  let browser: Browser;
  const children: ChildProcess[] = [];
  const complaints: string[] = [];
  const at = (name: string): string => join(folder, name);

  const cli = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await runCli(args);
    expect(code, stderr).toBe(0);
  };
  /** Starts a command that goes on. @returns the address that it prints. */
  const start = async (...args: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return new Promise((resolve, reject) => {
      let errors = '';
      child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
      child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
      child.once('exit', () => reject(new Error(errors)));
    });
  };
  /** A copy of the gallery, because the story changes it. */
  const ownGallery = async (name: string): Promise<string> => {
    await copyFile(at('g.db'), at(`${name}.db`));
    await cp(at('g-faces'), at(`${name}-faces`), { recursive: true });
    return at(`${name}.db`);
  };
  const newPage = async (): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    return page;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-people-pages-'));
    const { franckStill1, franckStill2, franckStill3, strangers } = DEMO_ASSETS;
    await mkdir(at('one'));
    await mkdir(at('two'));
    const codec = new SharpCodec();
    const smaller = async (path: string, maxPixels: number, to: string): Promise<void> =>
      writeFile(to, await codec.encode((await codec.decode(path, { maxPixels })).image, 'jpeg', 90));
    await copyFile(await fetchAsset(franckStill1), at('one/still1.jpg'));
    await copyFile(await fetchAsset(franckStill3), at('one/still3.jpg'));
    await copyFile(await fetchAsset(strangers), at('one/row.jpg'));
    await smaller(at('one/row.jpg'), 400_000, at('one/row-small.jpg'));
    await copyFile(await fetchAsset(franckStill2), at('two/still2.jpg'));
    await smaller(at('two/still2.jpg'), 60_000, at('two/still2-small.jpg'));
    // Two machines each found a stranger: he is one man, and nobody has said so yet.
    for (const [photos, gallery] of [
      [at('one'), at('g.db')],
      [at('two'), at('other.db')],
    ]) {
      await cli('photos', photos, '--no-report', '--quiet', '--gallery', gallery);
      await cli('cluster', '--gallery', gallery);
    }
    await cli('gallery', 'export', at('people.json'), '--gallery', at('other.db'));
    await cli('gallery', 'import', at('people.json'), '--gallery', at('g.db'));
    await cli('photos', at('one'), at('two'), '--no-report', '--quiet', '--gallery', at('g.db'));
    browser = await chromium.launch({
      ...defined({ executablePath: chromiumPath }),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('of "fr-stream people"', async () => {
    const address = await start('people', '--gallery', await ownGallery('local'));
    const page = await newPage();
    await page.goto(address);
    await peopleStory(page, { faults });
    expect(await page.locator('img').count()).toBeGreaterThan(0);
    const missing = await page.locator('.fp-missing').count();
    expect(missing, 'pictures that are not there').toBe(0);
    expect(complaints).toEqual([]);
    // Whoever has no token, and other names of this machine, are kept out.
    const { origin } = new URL(address);
    expect((await fetch(`${origin}/api/people`)).status).toBe(401);
    const stranger = await newPage();
    await stranger.goto(origin);
    await stranger.getByText('Open the address').waitFor();
    // When the command has ended the page says so, and what was shown stays.
    const [people] = children;
    const ended = new Promise<number | null>((resolve) => people?.once('exit', resolve));
    people?.kill('SIGINT');
    expect(await ended).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The page is closed: "fr-stream people" has ended.').waitFor();
    complaints.length = 0;
    const shown = await runCli(['gallery', 'list', '--gallery', at('local.db')]);
    expect(shown.stdout).toMatch(/^Ada +2 faces.*\nFranck +4 faces.*\nunknown-\d+ +2 faces/);
  });

  it('of "fr-stream serve"', async () => {
    const config = {
      port: 0,
      log: 'silent',
      data: at('data'),
      galleries: { home: { file: await ownGallery('served') } },
      keys: [{ name: 'me', role: 'admin', hash: hashKey(KEY) }],
    };
    // YAML, too.
    await writeFile(at('serve.yaml'), JSON.stringify(config));
    const address = await start('serve', '--config', at('serve.yaml'));
    const page = await newPage();
    await page.goto(address);
    await page.getByLabel('Key').fill(KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'People' }).click();
    // Until then nobody was logged in, which browsers tell as a failure.
    complaints.length = 0;
    await peopleStory(page, { faults });
    expect(await page.locator('.fp-missing').count(), 'pictures that are not there').toBe(0);
    expect(complaints).toEqual([]);
  });
});
