import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { disposeAll } from '@fr-stream/core';
import { openPostgres, PostgresLeases } from '@fr-stream/postgres';
import type { ServerEvent } from '@fr-stream/server';
import { startPostgres } from '../../packages/postgres/test/support/postgres-server.js';
import { Broker, hasBroker } from '../../packages/server/test/support/broker.js';
import { samples } from '../../packages/server/test/support/compose.js';
import { Receiver } from '../../packages/server/test/support/receiver.js';
import { AlwaysOnCamera } from './always-on-camera.js';
import { Machine } from './machines.js';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));
const IDS = ['attic', 'hall', 'yard'];
const PORT = 8787;
/** What has happened is told within. */
const TOLD_MS = 15_000;

/** The process is killed; it is stopped and goes on later; its machine's cable is pulled and put back. */
export type Failure = 'kill' | 'stop' | 'cut';

export interface TakeOver {
  readonly failure: Failure;
  /** From the failure until the other server had all leases, and pictures of all cameras; seconds. */
  readonly leased: number;
  readonly pictures: number;
  /** What cameras were said to be lost for meanwhile: each costs a pause, and a new start of its decoder. */
  readonly lost: readonly string[];
}

export interface ServersOptions {
  /** An empty one. */
  readonly folder: string;
  readonly failures: readonly Failure[];
  /** Of each failure. */
  readonly rounds: number;
}

export interface ServersResult {
  readonly events: number;
  /** Told by webhook, and by MQTT, more than once: one that was under way as its server stopped may be. */
  readonly hookDoubles: number;
  readonly mqttDoubles: number;
  /** What should not be, in words. */
  readonly faults: readonly string[];
}

/** Two servers with addresses of their own over one database share three cameras; one after the other they fail. */
export async function* serversFail(options: ServersOptions): AsyncGenerator<TakeOver, ServersResult> {
  const { folder, failures, rounds } = options;
  await mkdir(folder, { recursive: true });
  const owned: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(one: T): T => {
    owned.push(one);
    return one;
  };
  try {
    const machines = [own(await Machine.make(0)), own(await Machine.make(1))];
    const postgres = own(await startPostgres({ addresses: machines.map(({ server }) => server) }));
    const receiver = own(await Receiver.start('0.0.0.0'));
    const broker = hasBroker ? own(await Broker.start(folder, '0.0.0.0')) : undefined;
    const film = await samples.map();
    const cameras = await Promise.all(IDS.map(async () => own(await AlwaysOnCamera.start(film))));
    const key = randomBytes(24).toString('hex');
    const hash = createHash('sha256').update(key).digest('hex');
    for (const [i, machine] of machines.entries()) {
      const { server: host } = machine;
      const file = join(folder, `server-${i}.yaml`);
      const lines = [
        `host: 0.0.0.0`,
        `port: ${PORT}`,
        `data: ${join(folder, `data-${i}`)}`,
        `log: warn`,
        `keys: [{ name: test, hash: 'sha256:${hash}', role: admin }]`,
        `galleries: { home: { file: 'postgres://test@${host}:${postgres.port}/postgres?schema=servers' } }`,
        `webhooks: [{ name: test, url: 'http://${host}:${receiver.port}/hook' }]`,
        ...(broker === undefined ? [] : [`mqtt: { url: 'mqtt://${host}:${broker.port}' }`]),
        `cameras:`,
        ...cameras.map(
          ({ port }, j) =>
            `  ${IDS[j]}: { url: 'http://${host}:${port}/stream.ts', maxFps: 2, maxHeight: 240 }`,
        ),
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      machine.start([process.execPath, BIN, 'serve', '--config', file, '--quiet']);
    }
    const ask = async <T>(machine: Machine, path: string): Promise<T | undefined> => {
      const url = `http://${machine.worker}:${PORT}${path}`;
      const headers = { authorization: `Bearer ${key}` };
      try {
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(1000) });
        return response.ok ? ((await response.json()) as T) : undefined;
      } catch {
        return undefined;
      }
    };
    const online = async (machine: Machine): Promise<number> => {
      const all = await ask<readonly { readonly status?: { readonly online: boolean } }[]>(
        machine,
        '/api/cameras',
      );
      return all?.filter(({ status }) => status?.online === true).length ?? 0;
    };
    const database = own(await openPostgres(postgres.url('servers')));
    const leases = new PostgresLeases(database, 'onlooker', 0);
    const owners = async (): Promise<readonly string[]> =>
      (await leases.state()).leases.map(({ owner }) => owner);
    // Each has some, all have pictures.
    const shared = async (): Promise<boolean> => {
      const [a = 0, b = 0] = await Promise.all(machines.map(online));
      const state = await leases.state();
      return a > 0 && b > 0 && a + b === IDS.length && state.leases.length === IDS.length + 1;
    };
    const kept = async (): Promise<readonly ServerEvent[]> => {
      const { rows } = await database.query<{ readonly body: ServerEvent; readonly seq: number }>(
        'SELECT body, seq::integer AS seq FROM events ORDER BY seq',
      );
      return rows.map(({ body, seq }) => ({ ...body, seq }));
    };
    let turn = 0;
    for (const failure of failures) {
      for (let round = 0; round < rounds; round++) {
        await until(shared);
        // Something is under way.
        await setTimeout(1000 + Math.random() * 2000);
        const [failing, other] = turn++ % 2 === 0 ? machines : [...machines].reverse();
        if (failing === undefined || other === undefined) throw new Error('two machines');
        const before = new Set(await owners());
        const seqBefore = (await kept()).at(-1)?.seq ?? 0;
        const started = performance.now();
        const seconds = (): number => (performance.now() - started) / 1000;
        if (failure === 'kill') await failing.kill({ again: false });
        else if (failure === 'stop') failing.stop();
        else await failing.cut();
        await until(async () => {
          const now = await owners();
          return now.length === IDS.length + 1 && new Set(now).size === 1 && before.has(now[0] ?? '');
        });
        const leased = seconds();
        await until(async () => (await online(other)) === IDS.length);
        const pictures = seconds();
        const lost = (await kept()).filter(({ seq, type }) => seq > seqBefore && type === 'camera.lost');
        yield {
          failure,
          leased,
          pictures,
          lost: lost.map(({ camera, reason }) => `${camera}: ${reason ?? ''}`),
        };
        await setTimeout(2000);
        if (failure === 'kill') failing.start();
        else if (failure === 'stop') failing.goOn();
        else await failing.join();
      }
    }
    await until(shared);
    // What happens as they end is told by the next that starts.
    const events = await kept();
    await setTimeout(TOLD_MS);
    for (const machine of machines) await machine.end();
    const mqtt = (broker?.messages ?? [])
      .filter(({ topic, retain }) => topic.startsWith('fr-stream/events/') && !retain)
      .map(({ text }) => JSON.parse(text) as ServerEvent);
    const all = await kept();
    const faults = [
      ...staysOf(all),
      ...told('webhook', receiver.events, events),
      ...(broker === undefined ? [] : told('MQTT', mqtt, events)),
    ];
    return {
      events: all.length,
      hookDoubles: receiver.events.length - new Set(receiver.events.map(({ id }) => id)).size,
      mqttDoubles: mqtt.length - new Set(mqtt.map(({ id }) => id)).size,
      faults,
    };
  } finally {
    await disposeAll(owned.reverse());
  }
}

/** Each stay begins once and ends once. */
function staysOf(events: readonly Omit<ServerEvent, 'seq'>[]): readonly string[] {
  const stays = new Map<string, string[]>();
  for (const { stay, type } of events)
    if (stay !== undefined) stays.set(stay, [...(stays.get(stay) ?? []), type]);
  return [...stays].flatMap(([stay, types]) => {
    const begun = types.filter((type) => type === 'person.appeared').length;
    const ended = types.filter((type) => type.endsWith('.left')).length;
    return begun === 1 && ended === 1 ? [] : [`stay ${stay}: ${types.join(', ')}`];
  });
}

/** All were told; those of a camera came, each the first time, in their order. */
function told(by: string, heard: readonly ServerEvent[], events: readonly ServerEvent[]): readonly string[] {
  // A map keeps the place of what came first.
  const first = [...new Map(heard.map((event) => [event.id, event])).values()];
  const missing = events.filter(({ id }) => !first.some((event) => event.id === id));
  const faults = missing.map(({ id, type }) => `${by} was not told of ${id}, ${type}`);
  for (const id of IDS) {
    const seqs = first.filter(({ camera }) => camera === id).map(({ seq }) => seq);
    if (seqs.some((seq, i) => i > 0 && seq < (seqs[i - 1] ?? 0))) faults.push(`${by}: out of order, ${id}`);
  }
  return faults;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50);
}
