/**
 * `npm run lighthouse -w @fr-stream/web`: what Lighthouse says of the built page (`npm run build -w @fr-stream/web`), at phone
 * and desktop width, in an installed Chromium. Lighthouse itself comes from npm when it is first run. What its emulated phone
 * takes depends on what else this machine does: the scores of accessibility and best practices do not.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { preview } from 'vite';
import { chromiumPath, run } from '../test/browser.js';

/** The last that Node 20 runs. */
const LIGHTHOUSE = 'lighthouse@12.8.2';

interface Audit {
  readonly title: string;
  readonly score: number | null;
  readonly scoreDisplayMode: string;
  readonly displayValue?: string;
}
interface Report {
  readonly categories: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
  readonly audits: Readonly<Record<string, Audit>>;
}

if (chromiumPath === undefined) throw new Error('No Chromium is installed: apt-get install chromium.');
const folder = await mkdtemp(join(tmpdir(), 'fr-stream-lighthouse-'));
const server = await preview({
  root: join(import.meta.dirname, '..'),
  logLevel: 'error',
  preview: { port: 0, host: '127.0.0.1' },
});
try {
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The preview server has no port.');
  const rows: string[][] = [];
  for (const form of ['phone', 'desktop']) {
    const out = join(folder, `${form}.json`);
    const flags = ['--output=json', `--output-path=${out}`, '--quiet', '--max-wait-for-load=90000'];
    await run(
      'npx',
      [
        ...['--yes', LIGHTHOUSE, `http://127.0.0.1:${address.port}/`, ...flags],
        '--chrome-flags=--headless=new --no-sandbox --disable-gpu',
        ...(form === 'desktop' ? ['--preset=desktop'] : []),
      ],
      { env: { ...process.env, CHROME_PATH: chromiumPath }, maxBuffer: 1e8 },
    );
    const { categories, audits } = JSON.parse(await readFile(out, 'utf8')) as Report;
    const times = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'];
    rows.push([
      form,
      ...Object.values(categories).map(({ score }) => String(Math.round(100 * (score ?? 0)))),
      ...times.map((id) => audits[id]?.displayValue?.replace(/\u00a0/g, ' ') ?? ''),
    ]);
    if (rows.length === 1)
      rows.unshift(['', ...Object.values(categories).map(({ title }) => title), ...times]);
    for (const [id, { title, score, scoreDisplayMode, displayValue = '' }] of Object.entries(audits))
      if (score !== null && score < 0.9 && scoreDisplayMode !== 'informative')
        console.log(`${form}: ${id} ${score}: ${title} ${displayValue}`);
  }
  console.log(markdownTable(rows));
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
