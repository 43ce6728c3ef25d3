import { createHmac } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openServerDatabase, signWebhook, type ServerEvent } from '@fr-stream/server';
import { commandSchema, jsonlSchema, webhookSchema } from '../src/config/schema.js';
import { onEventCommand } from '../src/deliver/command.js';
import { Dispatcher } from '../src/deliver/dispatcher.js';
import type { EventSink } from '../src/deliver/event-sink.js';
import { jsonlLog, requireOwnLog } from '../src/deliver/jsonl-log.js';
import { webhook } from '../src/deliver/webhook.js';
import { EventHub } from '../src/events/hub.js';
import { PictureStore } from '../src/events/picture-store.js';
import { EventRecorder } from '../src/events/recorder.js';
import { DeliveryStore } from '../src/store/delivery-store.js';
import { EventStore } from '../src/store/event-store.js';
import { plainVault } from '@fr-stream/backend-node';

import { removeFolder, tempFolder, until } from './support/compose.js';

describe('bringing events out', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof openServerDatabase>>;
  let events: EventStore;
  let hub: EventHub;
  let recorder: EventRecorder;

  beforeEach(async () => {
    folder = await tempFolder();
    database = await openServerDatabase(join(folder, 'server.db'));
    events = new EventStore(database, plainVault);
    hub = new EventHub();
    recorder = new EventRecorder(events, new PictureStore(join(folder, 'pictures'), plainVault), hub);
  });
  afterEach(async () => {
    database.close();
    await removeFolder(folder);
  });

  const tell = (camera: string, reason: string, type: ServerEvent['type'] = 'camera.lost') =>
    recorder.record({ type, at: new Date().toISOString(), gallery: 'home', camera, reason });
  const sink = (deliver: EventSink['deliver'], giveUpMs = 1e9): EventSink => ({
    name: 'test',
    giveUpMs,
    accepts: () => true,
    deliver,
    close: async () => undefined,
  });
  const dispatcher = (one: EventSink, options = {}): Dispatcher =>
    new Dispatcher([one], events, new DeliveryStore(database), hub, {
      retryMs: 5,
      maxRetryMs: 20,
      ...options,
    });

  it('keeps the order of each camera while it fails, and holds up no other camera', async () => {
    const got: string[] = [];
    let refuse = true;
    await using out = dispatcher(
      sink(async ({ camera, reason }) => {
        if (camera === 'a' && refuse) throw new Error('no');
        got.push(`${camera}${reason}`);
      }),
    );
    for (const n of [1, 2, 3]) {
      await tell('a', String(n));
      await tell('b', String(n));
    }
    await until('the other camera', () => got.filter((one) => one.startsWith('b')).length === 3);
    expect(got).toEqual(['b1', 'b2', 'b3']);
    expect((await out.waiting()).get('test')).toBe(3);
    refuse = false;
    await until('the failing one', () => got.length === 6);
    expect(got.slice(3)).toEqual(['a1', 'a2', 'a3']);
  });

  it('goes on after a restart where it was, and repeats at most the one that was under way', async () => {
    const got: string[] = [];
    {
      await using first = dispatcher(
        sink(async ({ reason }) => {
          if (reason === '2') throw new Error('no');
          got.push(reason ?? '');
        }),
      );
      for (const n of [1, 2, 3]) await tell('a', String(n));
      await until('the first', () => got.length === 1);
      void first;
    }
    await using second = dispatcher(sink(async ({ reason }) => void got.push(reason ?? '')));
    await second.idle();
    expect(got).toEqual(['1', '2', '3']);
  });

  it('delivers nothing while another may do it, and goes on when it is its own again', async () => {
    const got: string[] = [];
    let [mine, asked] = [true, 0];
    const one = sink(async ({ reason }) => void got.push(reason ?? ''));
    await using running = dispatcher(one, { mayDeliver: () => (asked++, mine) });
    await tell('door', '1');
    await until('the first', () => got.length === 1);
    mine = false;
    await tell('door', '2');
    const before = asked;
    await until('it to ask again and again', () => asked > before + 3);
    expect(got).toEqual(['1']);
    mine = true;
    await until('the second', () => got.length === 2);
    await running.idle();
    expect(got).toEqual(['1', '2']);
  });

  it('begins with what happens from now on', async () => {
    await tell('a', 'before');
    const got: string[] = [];
    await using out = dispatcher(sink(async ({ reason }) => void got.push(reason ?? '')));
    await tell('a', 'after');
    await out.idle();
    expect(got).toEqual(['after']);
  });

  it('gives an event up in the end, and tells so', async () => {
    const given: string[] = [];
    const got: string[] = [];
    await using out = dispatcher(
      sink(async ({ reason }) => {
        if (reason === 'bad') throw new Error('no');
        got.push(reason ?? '');
      }, 50),
      { onGivenUp: (_: string, { reason }: ServerEvent) => given.push(reason ?? '') },
    );
    await tell('a', 'bad');
    await tell('a', 'good');
    await until('the next one', () => got.length === 1);
    expect(given).toEqual(['bad']);
    void out;
  });

  it('signs webhooks as Standard Webhooks say, and takes redirects for failures', async () => {
    const seen: { headers: Record<string, unknown>; body: string }[] = [];
    const answers = [500, 302, 200];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push({ headers: request.headers, body });
        response.writeHead(answers.shift() ?? 200, { location: 'http://127.0.0.1:1/' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const settings = webhookSchema.parse({ name: 'x', url: `http://127.0.0.1:${port}/hook` });
    await using out = dispatcher(webhook(settings, 's3cret'));
    const event = await tell('a', 'x');
    await out.idle();
    server.close();
    expect(seen).toHaveLength(3);
    const [{ headers, body }] = seen.slice(-1);
    expect(JSON.parse(body)).toEqual(event);
    expect(headers['webhook-id']).toBe(event.id);
    // As the specification has it, computed by hand.
    const signed = createHmac('sha256', 's3cret').update(
      `${event.id}.${headers['webhook-timestamp']}.${body}`,
    );
    expect(headers['webhook-signature']).toBe(`v1,${signed.digest('base64')}`);
  });

  it('makes the signature of the specification’s own example', () => {
    // https://github.com/standard-webhooks/standard-webhooks: the test vector of its libraries.
    expect(
      signWebhook(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        1614265330,
        '{"test": 2432232314}',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('writes lines, and starts a new file when one is full', async () => {
    const file = join(folder, 'log/events.jsonl');
    const log = jsonlLog(jsonlSchema.parse({ file, maxMegabytes: 0.001, keep: 2 }));
    await using out = dispatcher(log);
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push((await tell(n % 2 === 0 ? 'a' : 'b', 'x'.repeat(100))).id);
    await out.idle();
    const read = async (path: string) =>
      (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as ServerEvent).id);
    const kept = [...(await read(`${file}.2`)), ...(await read(`${file}.1`)), ...(await read(file))];
    // Each file holds as many whole lines as fit; what is kept is the latest.
    expect(new Set(kept)).toEqual(new Set(ids.slice(-kept.length)));
    expect(kept.length).toBeLessThan(ids.length);
    await expect(readFile(`${file}.3`)).rejects.toThrow();
    await requireOwnLog({ file, keep: 2 });
  });

  it('appends to no file of somebody else, and to what a link leads to', async () => {
    const at = (name: string) => join(folder, name);
    await writeFile(at('home.yaml'), 'cameras: {}');
    await writeFile(at('e.jsonl.2'), 'mine');
    for (const name of ['home.yaml', 'e.jsonl'])
      await expect(requireOwnLog({ file: at(name), keep: 2 })).rejects.toThrow('is there already');
    await mkdir(at('disk'));
    await symlink('disk/log.jsonl', at('link.jsonl'));
    const file = at('link.jsonl');
    await requireOwnLog({ file, keep: 1 });
    const log = jsonlLog(jsonlSchema.parse({ file, maxMegabytes: 0.0005, keep: 1 }));
    await using out = dispatcher(log);
    for (let n = 0; n < 6; n++) await tell('a', 'x'.repeat(100));
    await out.idle();
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect((await readdir(at('disk'))).sort()).toEqual(['log.jsonl', 'log.jsonl.1']);
  });

  it('runs a command with the event in its environment and on its input, and never as a part of it', async () => {
    const output = join(folder, 'out');
    const run = `cat > ${output}.in; printf '%s' "$FR_STREAM_NAME" > ${output}.name`;
    const command = onEventCommand(commandSchema.parse({ run }));
    const name = '"; touch /tmp/owned; $(id)';
    const event = await recorder.record({
      type: 'person.identified',
      at: new Date().toISOString(),
      gallery: 'home',
      camera: 'a',
      person: { id: 'p', name },
    });
    await command.deliver(event, new AbortController().signal);
    expect(await readFile(`${output}.name`, 'utf8')).toBe(name);
    expect(JSON.parse(await readFile(`${output}.in`, 'utf8'))).toEqual(event);
    const failing = onEventCommand(commandSchema.parse({ run: 'exit 3' }));
    await expect(failing.deliver(event, new AbortController().signal)).rejects.toThrow('status 3');
    const slow = onEventCommand(commandSchema.parse({ run: 'sleep 60', timeoutSeconds: 0.2 }));
    await expect(slow.deliver(event, new AbortController().signal)).rejects.toThrow('longer than');
  });

  it('tells the end of stays that a killed server left open, once', async () => {
    const at = '2026-11-26T10:00:00.000Z';
    const stay = {
      id: 's1',
      camera: 'a',
      gallery: 'home',
      track: 1,
      sinceMs: Date.parse(at),
      lastMs: Date.parse(at),
    };
    await recorder.record({ type: 'person.appeared', at, gallery: 'home', camera: 'a', stay: 's1' }, stay);
    events.touchStays(['s1'], Date.parse(at) + 5000);
    await recorder.closeOpenStays('stopped');
    await recorder.closeOpenStays('stopped');
    const [left, ...older] = events.query({ galleries: ['home'], limit: 10 });
    expect(left).toMatchObject({
      type: 'person.left',
      at: '2026-11-26T10:00:05.000Z',
      since: at,
      stay: 's1',
    });
    expect(older).toHaveLength(1);
  });

  it('copies an older database before it is changed, and leaves another program’s alone', async () => {
    const other = join(folder, 'other.db');
    await writeFile(other, '');
    const foreign = await openServerDatabase(other);
    foreign.pragma('application_id = 1');
    foreign.close();
    await expect(openServerDatabase(other)).rejects.toThrow(/another program/);
  });
});
