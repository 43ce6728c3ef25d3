import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '@fr-stream/server';
import { freePort } from './support/broker.js';
import { removeFolder, samples, tempFolder, until } from './support/compose.js';
import { Receiver } from './support/receiver.js';
import { StreamServer } from './support/stream-server.js';

/** `FR_STREAM_KILLS=20` for a longer run. */
const ROUNDS = Number(process.env['FR_STREAM_KILLS'] ?? 4);
const bin = fileURLToPath(new URL('../../cli/bin/fr-stream.js', import.meta.url));

/** The command itself, as the user runs it, killed without a word. */
describe('a server that is killed', () => {
  let folder: string;
  let franck: StreamServer;
  let map: StreamServer;
  let receiver: Receiver;
  let url: string;
  let child: ChildProcess | undefined;
  /** What anybody was told over SSE. */
  const told = new Set<string>();

  const get = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const all = async (): Promise<ServerEvent[]> =>
    (await get<{ events: ServerEvent[] }>('/api/events?limit=500')).events;

  async function start(): Promise<void> {
    child = spawn(process.execPath, [bin, 'serve', '--config', join(folder, 'serve.yaml'), '--quiet'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until('the server', () =>
      fetch(`${url}/api/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    void listen();
  }

  async function listen(): Promise<void> {
    try {
      const stream = await fetch(`${url}/api/events/stream`);
      const decoder = new TextDecoder();
      let text = '';
      for await (const chunk of stream.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        for (const [, data = ''] of text.matchAll(/^data: (.*)\n\n/gm))
          told.add((JSON.parse(data) as ServerEvent).id);
        text = text.slice(text.lastIndexOf('\n\n') + 2);
      }
    } catch {
      // It was killed.
    }
  }

  async function kill(signal: NodeJS.Signals): Promise<number | null> {
    const running = child;
    if (running === undefined) return null;
    const code = await new Promise<number | null>((resolve) => {
      running.once('exit', resolve);
      running.kill(signal);
    });
    child = undefined;
    return code;
  }

  beforeAll(async () => {
    folder = await tempFolder();
    franck = await StreamServer.start(await samples.franck());
    map = await StreamServer.start(await samples.map());
    receiver = await Receiver.start();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await writeFile(
      join(folder, 'serve.yaml'),
      `port: ${port}
data: data
log: warn
galleries: { home: { file: g.db } }
webhooks: [{ name: test, url: '${receiver.url}' }]
cameras:
  hall: { url: '${franck.url}', maxFps: 5, maxHeight: 360 }
  yard: { url: '${map.url}', maxFps: 5, maxHeight: 360 }
`,
    );
    await start();
    const form = new FormData();
    form.append('name', 'Franck');
    form.append('image', new Blob([new Uint8Array(await readFile(await samples.still()))]));
    expect((await fetch(`${url}/api/people`, { method: 'POST', body: form })).status).toBe(200);
  });
  afterAll(async () => {
    await kill('SIGKILL');
    for (const part of [franck, map, receiver]) await part[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('misses no event, and invents none', { timeout: 60_000 * ROUNDS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const before = (await all()).length;
      await until('something to happen', async () => (await all()).length > before);
      // At any moment: while an event is kept, while one is on its way, while nothing happens.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3000));
      await kill('SIGKILL');
      await start();
    }
    await until('Franck, after the last kill', async () => {
      const events = await all();
      return (
        events.findLastIndex(({ type }) => type === 'person.left') > 0 &&
        events.some(({ type }) => type === 'person.identified')
      );
    });
    const kept = new Map((await all()).map((event) => [event.id, event]));
    expect([...told].filter((id) => !kept.has(id))).toEqual([]);
    await until('the webhook', () =>
      [...kept.keys()].every((id) => receiver.events.some((event) => event.id === id)),
    );

    // Nothing was told that is not kept, and the same each time.
    const final = new Map((await all()).map((event) => [event.id, event]));
    for (const event of receiver.events) expect(event).toEqual(final.get(event.id));
    for (const camera of ['hall', 'yard']) {
      const seqs = receiver.distinct.filter((event) => event.camera === camera).map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }
    const identified = [...final.values()].filter(({ type }) => type === 'person.identified');
    expect(identified.length).toBeGreaterThan(1);
    for (const { camera, person } of identified) expect([camera, person?.name]).toEqual(['hall', 'Franck']);

    // Each stay began once and, unless it goes on, ended once.
    const stays = new Map<string, string[]>();
    for (const { stay, type } of [...final.values()].reverse())
      if (stay !== undefined) stays.set(stay, [...(stays.get(stay) ?? []), type]);
    for (const types of stays.values()) {
      expect(types.filter((type) => type === 'person.appeared')).toHaveLength(1);
      expect(types[0]).toBe('person.appeared');
      expect(types.filter((type) => type.endsWith('.left')).length).toBeLessThanOrEqual(1);
    }
    expect(
      [...stays.values()].filter((types) => !types.some((type) => type.endsWith('.left'))).length,
    ).toBeLessThanOrEqual(2);
  });

  it('ends calmly within five seconds when it is asked to, and reads its configuration again', async () => {
    const file = join(folder, 'serve.yaml');
    const config = await readFile(file, 'utf8');
    await writeFile(file, config.replace(/ {2}yard: .*\n/, ''));
    child?.kill('SIGHUP');
    await until('one camera less', async () => (await get<unknown[]>('/api/cameras')).length === 1);
    await writeFile(file, 'cameras: { hall: { url: 1 } }');
    child?.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await get<unknown[]>('/api/cameras')).length).toBe(1);
    await writeFile(file, config);
    const began = Date.now();
    expect(await kill('SIGTERM')).toBe(0);
    expect(Date.now() - began).toBeLessThan(5500);
  });

  it('knows over a restart which camera was lost, and says when it is back', async () => {
    const ofHall = async (): Promise<readonly string[]> =>
      (await all())
        .filter(({ camera, type }) => camera === 'hall' && type.startsWith('camera.'))
        .map(({ type }) => type);
    await start();
    franck.switch(false);
    await until('the loss', async () => (await ofHall()).includes('camera.lost'));
    await kill('SIGKILL');
    await start();
    await until('a try', () => franck.refused > 1);
    franck.switch(true);
    await until('the return', async () => (await ofHall()).includes('camera.back'));
    expect(await ofHall()).toEqual(['camera.back', 'camera.lost']);
  });
});
