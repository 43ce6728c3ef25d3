import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

/** Where a Chromium is; undefined when there is none, and the tests that need one say so and are skipped. */
export const chromiumPath = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

if (chromiumPath === undefined)
  console.warn(
    'No Chromium is installed (apt-get install chromium, or set CHROMIUM_PATH): page tests are skipped.',
  );

export interface Session extends AsyncDisposable {
  readonly context: BrowserContext;
  /** What the browser complained of: errors, refused inline code. */
  readonly complaints: readonly string[];
}

export async function openBrowser(viewport = { width: 1280, height: 900 }): Promise<Session> {
  const profile = await mkdtemp(join(tmpdir(), 'fr-stream-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    headless: true,
    viewport,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return {
    context,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Rules of WCAG 2.2 A and AA that a page breaks, with where. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Past the page's own policy, which rightly refuses it.
  await page.evaluate(await import('node:fs/promises').then(({ readFile }) => readFile(axe, 'utf8')));
  return page.evaluate(async () => {
    const run = (
      globalThis as unknown as {
        axe: {
          run: (options: object) => Promise<{
            violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
          }>;
        };
      }
    ).axe.run;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await run({ runOnly: { type: 'tag', values: tags } });
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join(' | ')}`,
    );
  });
}
