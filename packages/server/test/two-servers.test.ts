import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '@fr-stream/server';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
  type TestServer,
} from '../../postgres/test/support/postgres-server.js';
import { Broker, freePort, hasBroker } from './support/broker.js';
import { removeFolder, samples, tempFolder, until as untilSoon } from './support/compose.js';
import { Receiver } from './support/receiver.js';
import { StreamServer } from './support/stream-server.js';

const bin = fileURLToPath(new URL('../../cli/bin/fr-stream.js', import.meta.url));
const IDS = ['attic', 'hall', 'yard'] as const;

/** Two servers and three streams take their time on a busy machine. */
const until = <T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> =>
  untilSoon(what, look, 150_000);

interface Camera {
  readonly id: string;
  readonly server?: string;
  readonly status?: { readonly online: boolean };
}

interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
}

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;
/** The cameras whose pictures come to this server. */
const watchedBy = async ({ url }: Serving): Promise<readonly string[]> =>
  (await get<Camera[]>(`${url}/api/cameras`))
    .filter(({ status }) => status?.online === true)
    .map(({ id }) => id);
const eventsOf = async ({ url }: Serving): Promise<readonly ServerEvent[]> =>
  (await get<{ events: ServerEvent[] }>(`${url}/api/events?limit=500`)).events;

/** The command itself, twice over one database; one of them stops without a word, and goes on when nothing is its own. */
describe.skipIf(!postgresInstalled)(postgresInstalled ? 'two servers' : NOT_INSTALLED, () => {
  let folder: string;
  let postgres: TestServer;
  let receiver: Receiver;
  let broker: Broker | undefined;
  let streams: readonly StreamServer[] = [];
  const running = new Set<ChildProcess>();

  const start = async (name: string): Promise<Serving> => {
    const port = await freePort();
    const file = join(folder, `${name}.yaml`);
    await writeFile(
      file,
      `port: ${port}
data: ${name}
log: warn
galleries: { home: { file: '${postgres.url('servers')}' } }
webhooks: [{ name: test, url: '${receiver.url}' }]
${broker ? `mqtt: { url: '${broker.url}' }` : ''}
cameras:
${IDS.map((id, i) => `  ${id}: { url: '${streams[i]?.url}', maxFps: 2, maxHeight: 240 }`).join('\n')}
`,
    );
    const child = spawn(process.execPath, [bin, 'serve', '--config', file, '--quiet'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.add(child);
    const url = `http://127.0.0.1:${port}`;
    await until('the server', () =>
      fetch(`${url}/api/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return { url, child };
  };

  beforeAll(async () => {
    folder = await tempFolder();
    postgres = await startPostgres();
    receiver = await Receiver.start();
    broker = hasBroker ? await Broker.start(folder) : undefined;
    const map = await samples.map();
    streams = await Promise.all(IDS.map(() => StreamServer.start(map)));
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    for (const part of [...streams, receiver, broker, postgres]) await part?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it(
    'share their cameras, and one takes over what the other, standing still, has watched',
    { timeout: 400_000 },
    async () => {
      const both = await Promise.all([start('first'), start('second')]);
      // Three cameras, and the bringing out of events: two for each, whoever came first.
      await until('a share', async () => {
        const [a, b] = [await watchedBy(both[0]), await watchedBy(both[1])];
        return a.length > 0 && b.length > 0 && [...a, ...b].sort().join() === IDS.join();
      });
      const [first, second] = both;
      const ofFirst = await watchedBy(first);
      expect(ofFirst.length).toBeGreaterThan(0);
      // Both say the same of who watches what.
      const servers = async ({ url }: Serving) =>
        (await get<Camera[]>(`${url}/api/cameras`)).map(({ server }) => server);
      expect(await servers(first)).toEqual(await servers(second));
      expect(new Set(await servers(first)).size).toBe(2);
      const elsewhere = await fetch(`${second.url}/api/cameras/${ofFirst[0]}/live.mjpeg`);
      expect(elsewhere.status).toBe(409);
      await until('somebody in view of the first', async () =>
        (await eventsOf(second)).some(
          ({ camera, snapshot }) => ofFirst.includes(camera) && snapshot !== undefined,
        ),
      );

      const before = performance.now();
      first.child.kill('SIGSTOP');
      const seconds = (): string => ((performance.now() - before) / 1000).toFixed(1);
      await until('all leases at the second', async () => new Set(await servers(second)).size === 1);
      const leased = seconds();
      await until('all cameras at the second', async () => (await watchedBy(second)).length === IDS.length);
      process.stderr.write(`taken over in ${leased} s, pictures after ${seconds()} s\n`);
      const taken = (await eventsOf(second)).length;
      await until('more to happen', async () =>
        (await eventsOf(second)).slice(0, -taken).some(({ camera }) => ofFirst.includes(camera)),
      );

      // It goes on in the midst of what it did: it lets go, and gets a share again.
      first.child.kill('SIGCONT');
      await until('a share again', async () => {
        const [a, b] = [await watchedBy(first), await watchedBy(second)];
        return a.length > 0 && [...a, ...b].sort().join() === IDS.join();
      });
      await until('one watcher of each', () => streams.every(({ watching }) => watching === 1));
      // A calm end leaves nothing open.
      const ended = first.child;
      ended.kill('SIGTERM');
      expect((await once(ended, 'exit'))[0]).toBe(0);
      running.delete(ended);
      await until('all cameras at the second', async () => (await watchedBy(second)).length === IDS.length);

      const events = await eventsOf(second);
      const shown = events.find(({ camera, snapshot }) => ofFirst.includes(camera) && snapshot !== undefined);
      const picture = await fetch(second.url + (shown?.snapshot ?? ''));
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      // Each stay began once and, unless it goes on, ended once, whoever told of it.
      const stays = new Map<string, string[]>();
      for (const { stay, type } of [...events].reverse())
        if (stay !== undefined) stays.set(stay, [...(stays.get(stay) ?? []), type]);
      for (const types of stays.values()) {
        expect(types.filter((type) => type === 'person.appeared')).toHaveLength(1);
        expect(types.filter((type) => type.endsWith('.left')).length).toBeLessThanOrEqual(1);
      }
      // Brought out by the one and then by the other, in order, none left out; twice at most what was under way of each
      // camera when the first stood still.
      const byMqtt = (): readonly ServerEvent[] =>
        (broker?.messages ?? [])
          .filter(({ topic }) => topic.startsWith('fr-stream/events/'))
          .map(({ text }) => JSON.parse(text) as ServerEvent);
      for (const [way, heard] of Object.entries({
        webhook: () => receiver.events,
        ...(broker && { mqtt: byMqtt }),
      })) {
        await until(way, () => events.every(({ id }) => heard().some((event) => event.id === id)));
        for (const id of IDS) {
          const told = heard().filter(({ camera }) => camera === id);
          const seqs = [...new Map(told.map((event) => [event.id, event.seq])).values()];
          expect(seqs, way).toEqual([...seqs].sort((a, b) => a - b));
          expect(told.length - seqs.length, way).toBeLessThanOrEqual(1);
        }
      }
      if (broker)
        await until('who delivers to be there', () => broker?.last('fr-stream/status') === 'online');
      second.child.kill('SIGTERM');
      expect((await once(second.child, 'exit'))[0]).toBe(0);
      running.delete(second.child);
    },
  );
});
