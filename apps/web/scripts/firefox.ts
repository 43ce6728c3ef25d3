/**
 * `npm run firefox -w @fr-stream/web [-- --private]`: what of the page works in an installed Firefox (`apt-get install firefox-esr`, or
 * FIREFOX_PATH), headless, by WebDriver BiDi itself: what drives Chromium asks this Firefox for commands that it does not
 * know. Needs the page that the tests have built. With `--private` all of its windows are private ones.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { ffmpeg, run, samples, servePage } from '../test/browser.js';

const { values } = parseArgs({ options: { private: { type: 'boolean', default: false } } });
const path = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (one) => one !== undefined && existsSync(one),
);
if (path === undefined) throw new Error('No Firefox is installed: apt-get install firefox-esr.');
const profile = await mkdtemp(join(tmpdir(), 'fr-stream-firefox-'));
if (values.private)
  await writeFile(join(profile, 'user.js'), 'user_pref("browser.privatebrowsing.autostart", true);\n');
const firefox = spawn(
  path,
  ['--headless', '--remote-debugging-port=0', '--profile', profile, '--no-remote'],
  {
    stdio: ['ignore', 'ignore', 'pipe'],
  },
);
const address = await new Promise<string>((resolve) => {
  let said = '';
  firefox.stderr.on('data', (data: Buffer) => {
    said += data.toString();
    const [, found] = /BiDi listening on (ws:\S+)/.exec(said) ?? [];
    if (found !== undefined) resolve(found);
  });
});
const socket = new WebSocket(`${address}/session`);
await new Promise((resolve) => socket.once('open', resolve));

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly message?: string;
  readonly result?: unknown;
}
const waiting = new Map<number, (answer: Answer) => void>();
socket.on('message', (data: Buffer) => {
  const answer = JSON.parse(data.toString()) as Answer;
  if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
});
let last = 0;
async function send(method: string, params: object): Promise<unknown> {
  const id = ++last;
  const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
  socket.send(JSON.stringify({ id, method, params }));
  const answer = await answered;
  if (answer.type === 'error') throw new Error(`${method}: ${answer.message ?? ''}`);
  return answer.result;
}

const session = (await send('session.new', { capabilities: {} })) as {
  readonly capabilities: { readonly browserVersion: string };
};
console.log(`Firefox ${session.capabilities.browserVersion}`);
const tree = (await send('browsingContext.getTree', {})) as {
  readonly contexts: readonly { readonly context: string }[];
};
const context = tree.contexts[0].context;
interface Value {
  readonly sharedId?: string;
  readonly value?: unknown;
}
async function evaluate(expression: string): Promise<Value> {
  const answer = (await send('script.evaluate', {
    expression,
    target: { context },
    awaitPromise: true,
  })) as { readonly result?: Value; readonly exceptionDetails?: { readonly text: string } };
  if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.text);
  return answer.result ?? {};
}
/** What an element of the page says, once it says so. */
async function told(selector: string, wanted: RegExp, seconds = 90): Promise<string> {
  let text = '';
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await setTimeout(200)) {
    const { value } = await evaluate(
      `document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`,
    );
    text = String(value);
    if (wanted.test(text)) return text;
  }
  const { value } = await evaluate(`document.getElementById('errors').textContent`);
  throw new Error(`${selector} says "${text}"; errors: ${String(value)}`);
}
async function show(...files: readonly string[]): Promise<void> {
  const { sharedId } = await evaluate(`document.getElementById('files')`);
  await send('input.setFiles', { context, element: { sharedId }, files });
}

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
const clip = join(profile, 'clip.mp4');
await run(ffmpeg.path, [
  ...['-y', '-loglevel', 'error', '-ss', '5', '-t', '4', '-i', await samples.video()],
  ...['-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip],
]);
await step('the models load', async () => {
  await send('browsingContext.navigate', { context, url: server.url, wait: 'complete' });
  await told('#status', /^Ready\.$/);
  return await told('#engine', /./);
});
await step('faces of photos are found', async () => {
  await show(await samples.still(), await samples.strangers());
  return await told('#status', /^2 photos, [1-9]/);
});
await step('a face is named, and known in another photo', async () => {
  await evaluate(`document.querySelector('#in-view button').click();
    document.getElementById('name').value = 'Franck';
    document.getElementById('name-form').requestSubmit()`);
  await told('#status', /^Franck is saved/);
  await show(await samples.otherStill());
  await told('#status', /^1 photo, 1 face/);
  return await told('#in-view', /Franck/);
});
await step('the name is still there when the page is opened anew', async () => {
  await send('browsingContext.navigate', { context, url: server.url, wait: 'complete' });
  await told('#status', /^Ready\.$/);
  const { value } = await evaluate(`document.getElementById('notice')?.textContent ?? ''`);
  return `${await told('#people-list', /Franck/)}; notice: "${String(value).trim()}"`;
});
await step('a playing video is followed', async () => {
  await show(clip);
  await told('#in-view', /Franck/);
  return await told('#meter', /fps/);
});
await step('a video is scanned, by WebCodecs', async () => {
  await evaluate(`document.getElementById('scan').click()`);
  return await told('#status', /frames in/, 120);
});
await step('a blurred video is written', async () => {
  await evaluate(`document.getElementById('hide').value = 'all';
    document.getElementById('save-picture').click()`);
  return await told('#status', /is saved\.$/, 120);
});
socket.close();
firefox.kill();
await server.close();
await setTimeout(500);
await rm(profile, { recursive: true, force: true, maxRetries: 5 });
process.exit(failed === 0 ? 0 : 1);
