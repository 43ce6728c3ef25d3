/**
 * `npm run memory -w @fr-stream/web -- --play 2 --minutes 5 --photos 2000`: the memory of the page, its worker included, while
 * it follows a video that plays for so many minutes, goes through all of it, and opens so many photos. Linux only; needs the page that `npm run build -w
 * @fr-stream/web` has built, and a Chromium. Each line: how far it is, and MB that the page's process holds; after each part,
 * what its scripts hold (`performance.measureUserAgentSpecificMemory`, which collects garbage first) and what the process holds then.
 * Last, the time that the first 200 photos and the last 200 took.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { ffmpeg, openBrowser, run, samples } from '../test/browser.js';

const { values } = parseArgs({
  options: {
    play: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '5' },
    photos: { type: 'string', default: '2000' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'fr-stream-memory-'));
const server = await preview({
  root: join(import.meta.dirname, '..'),
  logLevel: 'error',
  preview: { port: 0, host: '127.0.0.1' },
});
const browser = await openBrowser([
  '--autoplay-policy=no-user-gesture-required',
  // Else it may take its time, some 20 s.
  '--enable-blink-features=ForceEagerMeasureMemory',
]);

/** Whether a process was started by this one, or by one that was. */
async function isOurs(id: string): Promise<boolean> {
  for (let at = id; at !== '' && at !== '0' && at !== '1';) {
    if (at === String(process.pid)) return true;
    const status = await readFile(`/proc/${at}/status`, 'utf8').catch(() => '');
    at = /PPid:\s+(\d+)/.exec(status)?.[1] ?? '';
  }
  return false;
}

/** Resident memory of the largest renderer of our Chromium, in MB. */
async function resident(): Promise<number> {
  let most = 0;
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer') || !(await isOurs(id))) continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000);
  }
  return most;
}

try {
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The preview server has no port.');
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await page.locator('#status').getByText('Ready.').waitFor({ timeout: 300_000 });
  /** Megabytes that scripts of page and worker hold, garbage gone. As text: TypeScript does not know the interface. */
  const scripts = async (): Promise<number> =>
    (await page.evaluate<number>('performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)')) /
    1e6;
  /** Tells the memory now and then, until the page says what it is waited for, or the time is over. */
  const follow = async (title: string, done: RegExp, minutes = Infinity, told = '#status'): Promise<void> => {
    const lines: number[] = [];
    for (const end = Date.now() + 60_000 * minutes; ;) {
      const status = (await page.locator(told).textContent()) ?? '';
      lines.push(await resident());
      console.log(`${title}: ${lines.at(-1)?.toFixed(0)} MB, ${status}`);
      if (done.test(status) || Date.now() > end) break;
      await setTimeout(5000);
    }
    const held = await scripts();
    const half = lines.slice(Math.floor(lines.length / 2));
    console.log(
      `${title}: most ${Math.max(...lines).toFixed(0)} MB; second half ${half[0]?.toFixed(0)} to ${half.at(-1)?.toFixed(0)} MB; scripts ${held.toFixed(0)} MB; without garbage ${(await resident()).toFixed(0)} MB`,
    );
  };
  const long = join(folder, 'long.mp4');
  await run(ffmpeg.path, [
    ...['-y', '-loglevel', 'error', '-stream_loop', '-1', '-i', await samples.video()],
    // What is over does not play any more.
    ...[
      '-t',
      String(60 * Math.max(Number(values.minutes), Number(values.play))),
      '-an',
      '-c:v',
      'copy',
      long,
    ],
  ]);
  await page.setInputFiles('#files', long);
  await page.locator('#in-view button').first().waitFor({ timeout: 300_000 });
  if (Number(values.play) > 0) await follow('playing', /^$/, Number(values.play), '#meter');
  await page.locator('#scan').click();
  await follow('video', /frames in/);
  const count = Number(values.photos);
  if (count > 0) {
    // Frames of films are photos, too: no two are the same, so that each is looked at.
    await run(ffmpeg.path, [
      ...['-y', '-loglevel', 'error', '-stream_loop', '-1', '-i', await samples.video()],
      ...['-frames:v', String(count), '-vf', 'scale=1280:-2', '-q:v', '3', join(folder, 'photo-%05d.jpg')],
    ]);
    const photos = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
    // As text: TypeScript does not know the page.
    await page.evaluate(
      `added = [];
       new MutationObserver((changes) => changes.forEach(({ addedNodes: [node] }) => {
         if (node?.tagName === 'BUTTON') added.push(performance.now());
       })).observe(document.querySelector('#strip'), { childList: true, subtree: true })`,
    );
    await page.setInputFiles(
      '#files',
      photos.map((name) => join(folder, name)),
    );
    await setTimeout(2000);
    await follow('photos', /^\d+ photos?, \d+ faces?/);
    const added = await page.evaluate<readonly number[]>('added');
    const each = (times: readonly number[]): string =>
      (((times.at(-1) ?? NaN) - (times[0] ?? NaN)) / (times.length - 1)).toFixed(0);
    console.log(
      `milliseconds a photo: the first 200 ${each(added.slice(0, 200))}, the last ${each(added.slice(-200))}`,
    );
  }
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
