/**
 * `npm run firefox -w @fr-stream/web [-- --private]`: what of the page works in an installed Firefox (`apt-get install firefox-esr`, or
 * FIREFOX_PATH), headless. Needs the page that the tests have built. With `--private` all of its windows are private ones.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ffmpeg, run, samples, servePage } from '../test/browser.js';
import { firefoxPath, openFirefox } from '../test/firefox.js';

const { values } = parseArgs({ options: { private: { type: 'boolean', default: false } } });
if (firefoxPath === undefined) process.exit(1);
const firefox = await openFirefox(firefoxPath, values.private);
console.log(`Firefox ${firefox.version}`);

/** What an element of the page says, once it says so. */
async function told(selector: string, wanted: RegExp, seconds = 90): Promise<string> {
  let text = '';
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await setTimeout(200)) {
    const expression = `document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`;
    text = String(await firefox.evaluate(expression));
    if (wanted.test(text)) return text;
  }
  const errors = await firefox.evaluate(`document.getElementById('errors').textContent`);
  throw new Error(`${selector} says "${text}"; errors: ${String(errors)}`);
}
const show = (...files: readonly string[]): Promise<void> => firefox.choose('files', files);

let failed = 0;
async function step(name: string, action: () => Promise<string>): Promise<void> {
  try {
    console.log(`works: ${name} (${await action()})`);
  } catch (error) {
    failed++;
    console.log(`fails: ${name}: ${String(error)}`);
  }
}

const server = await servePage();
const folder = await mkdtemp(join(tmpdir(), 'fr-stream-firefox-clip-'));
const clip = join(folder, 'clip.mp4');
await run(ffmpeg.path, [
  ...['-y', '-loglevel', 'error', '-ss', '5', '-t', '4', '-i', await samples.video()],
  ...['-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip],
]);
await step('the models load', async () => {
  await firefox.open(server.url);
  await told('#status', /^Ready\.$/);
  return await told('#engine', /./);
});
await step('faces of photos are found', async () => {
  await show(await samples.still(), await samples.strangers());
  return await told('#status', /^2 photos, [1-9]/);
});
await step('a face is named, and known in another photo', async () => {
  await firefox.evaluate(`document.querySelector('#in-view button').click();
    document.getElementById('name').value = 'Franck';
    document.getElementById('name-form').requestSubmit()`);
  await told('#status', /^Franck is saved/);
  await show(await samples.otherStill());
  await told('#status', /^1 photo, 1 face/);
  return await told('#in-view', /Franck/);
});
await step('the name is still there when the page is opened anew', async () => {
  await firefox.open(server.url);
  await told('#status', /^Ready\.$/);
  const notice = await firefox.evaluate(`document.getElementById('notice')?.textContent ?? ''`);
  return `${await told('#people-list', /Franck/)}; notice: "${String(notice).trim()}"`;
});
await step('a playing video is followed', async () => {
  await show(clip);
  await told('#in-view', /Franck/);
  return await told('#meter', /fps/);
});
await step('a video is scanned, by WebCodecs', async () => {
  await firefox.evaluate(`document.getElementById('scan').click()`);
  return await told('#status', /frames in/, 120);
});
await step('a blurred video is written', async () => {
  await firefox.evaluate(`document.getElementById('hide').value = 'all';
    document.getElementById('save-picture').click()`);
  return await told('#status', /is saved\.$/, 120);
});
await firefox.close();
await server.close();
await rm(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
