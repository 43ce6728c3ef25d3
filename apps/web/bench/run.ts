/**
 * `npm run bench -w @fr-stream/web`: frames per second of fr-stream's web pipeline next to human and face-api, in the
 * same Chromium, on the same frames, in the same run (README.md shows one). Options: --frames N (default 40), --rounds N (default 2);
 * --only and --videos: expressions that the names of pipelines and of videos must match.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { chromiumPath, ffmpeg, run, samples } from '../test/browser.js';
import type { Measured } from './page.js';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    videos: { type: 'string', default: '' },
  },
});
const [frames, rounds] = [Number(values.frames), Number(values.rounds)];
if (chromiumPath === undefined) throw new Error('No Chromium is installed: apt-get install chromium.');
const root = join(import.meta.dirname, '..');
const out = join(root, 'dist', 'bench');
const require = createRequire(import.meta.url);

/** Everything is served from this machine, models of the others too: nothing depends on a network. */
async function copyPeers(): Promise<void> {
  // Their `dist` folders: `package.json` is not exported.
  const folderOf = (name: string) => dirname(require.resolve(name));
  const peers = join(out, 'peers');
  await mkdir(peers, { recursive: true });
  await cp(join(folderOf('@vladmandic/human'), '..', 'models'), join(peers, 'human'), {
    recursive: true,
  });
  await cp(join(folderOf('@vladmandic/face-api'), '..', 'model'), join(peers, 'face-api'), {
    recursive: true,
  });
  const wasm = folderOf('@tensorflow/tfjs-backend-wasm');
  await cp(wasm, join(peers, 'wasm'), {
    recursive: true,
    filter: (path) => path === wasm || path.endsWith('.wasm'),
  });
}

/** One face at 640 pixels; and four, in a slow zoom over a photo at 1280. */
async function makeVideos(): Promise<Record<string, string>> {
  const encode = ['-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-y'];
  await run(ffmpeg.path, [
    ...['-ss', '5', '-t', '4', '-i', await samples.video(), '-vf', 'scale=640:-2'],
    ...[...encode, join(out, 'one.mp4')],
  ]);
  await run(ffmpeg.path, [
    ...['-loop', '1', '-t', '4', '-r', '25', '-i', await samples.strangers()],
    ...['-vf', "zoompan=z='1+0.001*on':d=1:s=1280x720:fps=25", ...encode, join(out, 'four.mp4')],
  ]);
  return { 'one face, 640 px': 'one.mp4', 'four faces, 1280 px': 'four.mp4' };
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

await run('npm', ['run', 'assets'], { cwd: root });
await build({ configFile: join(import.meta.dirname, 'vite.config.ts'), logLevel: 'error' });
await copyPeers();
const videos = await makeVideos();
const server = await preview({
  configFile: join(import.meta.dirname, 'vite.config.ts'),
  logLevel: 'error',
  preview: { port: 0, host: '127.0.0.1' },
});
const address = server.httpServer.address();
if (address === null || typeof address === 'string') throw new Error('The preview server has no port.');
const url = `http://127.0.0.1:${address.port}`;
const profile = await mkdtemp(join(tmpdir(), 'fr-stream-bench-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

/** Rejects after what nobody should wait for: a runtime whose threads do not start waits for ever. */
async function tooLong(name: string): Promise<never> {
  await setTimeout(600_000, undefined, { ref: false });
  throw new Error(`${name} does not finish.`);
}

/** What plays goes on for longer than a second, and both begin with dear frames. */
const framesOf = (name: string): number => (/live|cached/.test(name) ? Math.min(90, 4 * frames) : frames);

async function measure(name: string, video: string): Promise<Measured> {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => globalThis.bench !== undefined);
    const measured = page.evaluate(
      ([contender, file, count]) => {
        if (globalThis.bench === undefined) throw new Error('no bench');
        return globalThis.bench.measure(contender, file, count);
      },
      [name, `/${video}`, framesOf(name)] as const,
    );
    return await Promise.race([measured, tooLong(name)]);
  } finally {
    await page.close();
  }
}

try {
  const first = await browser.newPage();
  await first.goto(url);
  await first.waitForFunction(() => globalThis.bench !== undefined);
  const names = (await first.evaluate(() => globalThis.bench?.names ?? [])).filter((name) =>
    new RegExp(values.only).test(name),
  );
  await first.close();
  const rows: string[][] = [];
  for (const [title, video] of Object.entries(videos)) {
    if (!new RegExp(values.videos).test(title)) continue;
    const results = new Map<string, Measured[]>(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        const measured = await measure(name, video);
        results.get(name)?.push(measured);
        console.error(`${title}, round ${round + 1}: ${name} ${median(measured.ms).toFixed(1)} ms`);
      }
    }
    for (const [name, list] of results) {
      const all = list.flatMap((one) => one.ms);
      // The mean makes the rate: pipelines that do less on some frames have cheap ones and dear ones.
      const mean = all.reduce((sum, ms) => sum + ms, 0) / all.length;
      const count = list.reduce((sum, one) => sum + one.ms.length, 0);
      const perFrame = (what: 'faces' | 'embedded') =>
        (list.reduce((sum, one) => sum + one[what], 0) / count).toFixed(1);
      rows.push([
        title,
        name,
        median(all).toFixed(1),
        mean.toFixed(1),
        (1000 / mean).toFixed(1),
        perFrame('faces'),
        perFrame('embedded'),
        list[0].runtime,
      ]);
    }
  }
  const [cpu] = cpus();
  console.log(
    `\n${browser.browser()?.version() ?? 'Chromium'} without GPU, ${cpus().length} cores (${cpu.model}); ${frames * rounds} frames in ${rounds} rounds (up to four times as many of what plays).\n`,
  );
  console.log(
    markdownTable(
      [['video', 'pipeline', 'median ms', 'mean ms', 'fps', 'faces', 'with embedding', 'runs on'], ...rows],
      {
        align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'l'],
      },
    ),
  );
} finally {
  await browser.close();
  await server.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
