import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

/** Where a Firefox is; undefined when there is none. */
export const firefoxPath = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (path) => path !== undefined && existsSync(path),
);

if (firefoxPath === undefined) {
  console.warn(
    'No Firefox is installed (apt-get install firefox-esr, or set FIREFOX_PATH): what needs one is skipped.',
  );
}

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly message?: string;
  readonly result?: unknown;
}

interface Value {
  readonly sharedId?: string;
  readonly value?: unknown;
}

/** A headless Firefox with a profile of its own, and one page. */
export interface Firefox {
  readonly version: string;
  /** Resolves when the page has loaded. */
  readonly open: (url: string) => Promise<void>;
  /** What an expression is, or resolves to: a string or a number. @throws Error when it throws. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Chooses files in the element of this id. */
  readonly choose: (id: string, files: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Starts a Firefox, by WebDriver BiDi itself: what drives Chromium asks this one for commands that it does not know.
 * @param isPrivate all of its windows are private ones.
 */
export async function openFirefox(path: string, isPrivate = false): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), 'fr-stream-firefox-'));
  if (isPrivate)
    await writeFile(join(profile, 'user.js'), 'user_pref("browser.privatebrowsing.autostart", true);\n');
  const args = ['--headless', '--remote-debugging-port=0', '--profile', profile, '--no-remote'];
  const firefox = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => firefox.once('close', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    firefox.once('error', reject);
    firefox.once('close', () => {
      reject(new Error(`Firefox ended: ${said}`));
    });
    firefox.stderr.on('data', (data: Buffer) => {
      said += data.toString();
      const [, found] = /BiDi listening on (ws:\S+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const socket = new WebSocket(`${address}/session`);
  await new Promise((resolve) => socket.once('open', resolve));
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  const send = async (method: string, params: object): Promise<unknown> => {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await answered;
    waiting.delete(id);
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message ?? ''}`);
    return answer.result;
  };
  const session = (await send('session.new', { capabilities: {} })) as {
    readonly capabilities: { readonly browserVersion: string };
  };
  const tree = (await send('browsingContext.getTree', {})) as {
    readonly contexts: readonly { readonly context: string }[];
  };
  const context = tree.contexts[0].context;
  const evaluated = async (expression: string): Promise<Value> => {
    const target = { context };
    const answer = (await send('script.evaluate', { expression, target, awaitPromise: true })) as {
      readonly result?: Value;
      readonly exceptionDetails?: { readonly text: string };
    };
    if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.text);
    return answer.result ?? {};
  };
  return {
    version: session.capabilities.browserVersion,
    open: async (url) => {
      await send('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate: async (expression) => (await evaluated(expression)).value,
    choose: async (id, files) => {
      const { sharedId } = await evaluated(`document.getElementById(${JSON.stringify(id)})`);
      await send('input.setFiles', { context, element: { sharedId }, files });
    },
    close: async () => {
      socket.close();
      firefox.kill();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
