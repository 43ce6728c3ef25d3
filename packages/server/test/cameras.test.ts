import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { BackOff, type Server, type ServerEvent } from '@fr-stream/server';
import { listSegments } from '@fr-stream/stream';
import { Broker, hasBroker } from './support/broker.js';
import {
  removeFolder,
  samples,
  startServer,
  tempFolder,
  testConfig,
  testEngine,
  until,
} from './support/compose.js';
import { Receiver } from './support/receiver.js';
import { StreamServer } from './support/stream-server.js';

/** Four cameras at once, with everything around them real. */
describe('four cameras', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let server: Server;
  let franck: StreamServer;
  let map: StreamServer;
  let receiver: Receiver;
  let broker: Broker | undefined;
  let config: object;

  const get = async <T>(path: string): Promise<T> => (await (await fetch(server.url + path)).json()) as T;
  const events = async (query = ''): Promise<ServerEvent[]> =>
    (await get<{ events: ServerEvent[] }>(`/api/events?limit=500${query}`)).events;

  beforeAll(async () => {
    folder = await tempFolder();
    engine = await testEngine();
    franck = await StreamServer.start(await samples.franck());
    map = await StreamServer.start(await samples.map());
    receiver = await Receiver.start();
    receiver.refusing = true;
    broker = hasBroker ? await Broker.start(folder) : undefined;
    const camera = { maxFps: 5, maxHeight: 360 };
    config = {
      cameras: {
        hall: { ...camera, url: franck.url, name: 'Hall', record: { segmentSeconds: 5 } },
        yard: { ...camera, url: map.url },
        // Nobody is in the strip at the top.
        strip: {
          ...camera,
          url: map.url,
          zones: [
            {
              name: 'top',
              polygon: [
                [0, 0],
                [1, 0],
                [1, 0.02],
                [0, 0.02],
              ],
            },
          ],
        },
        off: { ...camera, url: map.url, motion: true },
      },
      webhooks: [{ name: 'test', url: receiver.url }],
      ...(broker && { mqtt: { url: broker.url } }),
      jsonl: { file: join(folder, 'events.jsonl') },
    };
    server = await startServer({
      engine,
      folder,
      cameraBackOff: () => new BackOff(200, 500),
      delivery: { retryMs: 100, maxRetryMs: 500 },
      config,
    });
    const form = new FormData();
    form.append('name', 'Franck');
    form.append('image', new Blob([new Uint8Array(await readFile(await samples.still()))]));
    expect((await fetch(`${server.url}/api/people`, { method: 'POST', body: form })).status).toBe(200);
  });
  afterAll(async () => {
    const began = Date.now();
    await server[Symbol.asyncDispose]();
    expect(Date.now() - began).toBeLessThan(20_000);
    for (const part of [franck, map, receiver, broker, engine]) await part?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('knows who is known and tells strangers, with pictures', async () => {
    const known = await until('Franck', async () =>
      (await events('&camera=hall')).find(({ type }) => type === 'person.identified'),
    );
    expect(known.person?.name).toBe('Franck');
    expect(known.score).toBeGreaterThan(0.37);
    for (const path of [known.snapshot, known.bestShot]) {
      const picture = await fetch(server.url + path);
      expect(picture.headers.get('content-type')).toBe('image/jpeg');
      expect((await picture.arrayBuffer()).byteLength).toBeGreaterThan(1000);
    }
    const stranger = await until('the stranger', async () =>
      (await events('&camera=yard')).find(({ type }) => type === 'stranger.appeared'),
    );
    expect(stranger.person).toBeUndefined();
    expect(await events('&camera=yard&type=person.identified')).toEqual([]);
    expect(await events('&camera=strip')).toEqual([]);
  });

  it('shares the models: every camera runs, and says how it does', async () => {
    type Info = {
      id: string;
      url: string;
      status: { online: boolean; frames: number; latencyMs: { p95: number } };
    };
    const cameras = await until('all cameras', async () => {
      const list = await get<Info[]>('/api/cameras');
      return list.length === 4 && list.every(({ status }) => status.online && status.frames > 10)
        ? list
        : undefined;
    });
    expect(cameras.map(({ id }) => id)).toEqual(['hall', 'off', 'strip', 'yard']);
    const metrics = await (await fetch(`${server.url}/api/metrics`)).text();
    expect(metrics).toMatch(/fr_stream_camera_online\{camera="hall"\} 1/);
    expect(metrics).toMatch(/fr_stream_events_total\{camera="hall",type="person.identified"\} 1/);
  });

  it('shows live pictures with who is in them', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/cameras/hall/live`);
    socket.binaryType = 'arraybuffer';
    const frames: { faces: { kind: string; name?: string }[] }[] = [];
    socket.onmessage = ({ data }) => {
      const length = new DataView(data as ArrayBuffer).getUint32(0);
      frames.push(JSON.parse(new TextDecoder().decode(new Uint8Array(data as ArrayBuffer, 4, length))));
      const jpeg = new Uint8Array(data as ArrayBuffer, 4 + length, 2);
      expect([...jpeg]).toEqual([0xff, 0xd8]);
      socket.send('.');
    };
    await until('Franck, live', () =>
      frames.some(({ faces }) => faces.some(({ name }) => name === 'Franck')),
    );
    socket.close();
    const mjpeg = await fetch(`${server.url}/api/cameras/hall/live.mjpeg`);
    const reader = mjpeg.body?.getReader();
    let text = '';
    while (!text.includes('content-type: image/jpeg'))
      text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
  });

  it('tells over SSE what comes, and what was missed', async () => {
    const [latest] = await events();
    const abort = new AbortController();
    const stream = await fetch(`${server.url}/api/events/stream`, {
      headers: { 'last-event-id': String((latest?.seq ?? 1) - 1) },
      signal: abort.signal,
    });
    const reader = stream.body?.getReader();
    let text = '';
    while (!text.includes(latest?.id ?? '?')) text += new TextDecoder().decode((await reader?.read())?.value);
    abort.abort();
    expect(text).toContain(`id: ${latest?.seq}\n`);
  });

  it('says when a camera is lost and when it is back, and who left meanwhile', async () => {
    franck.switch(false);
    const lost = await until('camera.lost', async () =>
      (await events('&camera=hall')).find(({ type }) => type === 'camera.lost'),
    );
    expect(lost.reason).toBeTruthy();
    const left = await until('person.left', async () =>
      (await events('&camera=hall')).find(({ type }) => type === 'person.left'),
    );
    expect(left.person?.name).toBe('Franck');
    if (broker) await until('MQTT offline', () => broker?.last('fr-stream/cameras/hall/state') === 'offline');
    franck.switch(true);
    await until('camera.back', async () =>
      (await events('&camera=hall')).find(({ type, seq }) => type === 'camera.back' && seq > lost.seq),
    );
    await until('Franck again', async () =>
      (await events('&camera=hall&type=person.identified')).find(({ seq }) => seq > left.seq),
    );
    expect((await events('&camera=hall&type=camera.lost')).length).toBe(1);
    // The other cameras did not notice.
    expect(await events('&camera=yard&type=camera.*')).toEqual([]);
  });

  it('brings everything to the webhook that refused at first, in order per camera', async () => {
    expect(receiver.refused).toBeGreaterThan(0);
    receiver.refusing = false;
    const all = await events();
    await until('the webhook', () => all.every(({ id }) => receiver.events.some((event) => event.id === id)));
    for (const camera of ['hall', 'yard']) {
      const seqs = receiver.distinct.filter((event) => event.camera === camera).map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }
    const lines = (await readFile(join(folder, 'events.jsonl'), 'utf8')).trim().split('\n');
    const logged = new Set(lines.map((line) => (JSON.parse(line) as ServerEvent).id));
    expect(all.every(({ id }) => logged.has(id))).toBe(true);
  });

  it.skipIf(!hasBroker)('tells MQTT and Home Assistant', async () => {
    await until('who is in view', () => broker?.last('fr-stream/cameras/hall/person') === 'Franck');
    expect(broker?.last('fr-stream/status')).toBe('online');
    expect(broker?.last('fr-stream/cameras/hall/state')).toBe('online');
    const published = broker?.messages.filter(({ topic }) => topic === 'fr-stream/events/hall') ?? [];
    expect(published.some(({ text }) => (JSON.parse(text) as ServerEvent).type === 'camera.lost')).toBe(true);
    const sensor = JSON.parse(
      broker?.last('homeassistant/sensor/fr-stream_hall/person/config') ?? '{}',
    ) as object;
    expect(sensor).toMatchObject({
      unique_id: 'fr-stream_hall_person',
      state_topic: 'fr-stream/cameras/hall/person',
      device: { name: 'Hall' },
    });
  });

  it.skipIf(!hasBroker)('says what is so after the configuration was read again', async () => {
    const before = broker?.messages.length ?? 0;
    await server.reload(testConfig(folder, config));
    const since = (topic: string): readonly string[] =>
      broker?.messages
        .slice(before)
        .filter((message) => message.topic === topic)
        .map(({ text }) => text) ?? [];
    // The last of what a connection says of a camera.
    await until('yard', () => since('fr-stream/cameras/yard/person').length > 0);
    expect(since('fr-stream/cameras/hall/state')).not.toContain('offline');
    expect(since('fr-stream/cameras/yard/state')).toContain('online');
    expect(since('fr-stream/status').at(-1)).toBe('online');
    await until('who is in view', () => since('fr-stream/cameras/hall/person').at(-1) === 'Franck');
    const wrong = { ...config, cameras: { hall: { url: franck.url, gallery: 'nowhere' } } };
    await expect(server.reload(testConfig(folder, wrong))).rejects.toThrow('nowhere');
    expect((await get<unknown[]>('/api/cameras')).length).toBe(4);
  });

  it('records the camera’s own stream by the clock', async () => {
    // They begin with the first key picture after it, which a busy machine may bring late.
    await until('two segments, one of which begins at a round time', async () => {
      const found = await listSegments(join(folder, 'data/recordings/hall'));
      const round = found.some(({ name }) => Number(name.slice(17, 19)) % 5 === 0);
      return found.length >= 2 && round ? found : undefined;
    });
    type Segment = { name: string; bytes: number };
    const listed = await get<Segment[]>('/api/cameras/hall/recordings');
    const first = listed[0] as Segment;
    const file = await fetch(`${server.url}/api/cameras/hall/recordings/${first.name}`);
    expect(file.headers.get('content-type')).toBe('video/mp4');
    const { size } = await stat(join(folder, 'data/recordings/hall', first.name));
    expect((await file.arrayBuffer()).byteLength).toBe(size);
  });

  it('searches an uploaded video in the background', async () => {
    const upload = (await (
      await fetch(`${server.url}/api/uploads`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(await readFile(await samples.map())),
      })
    ).json()) as { id: string };
    const post = await fetch(`${server.url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'video', upload: upload.id }),
    });
    type Job = { id: string; state: string; progress: number; frames: number };
    const { id } = (await post.json()) as Job;
    await until('progress', async () => (await get<Job>(`/api/jobs/${id}`)).frames > 0);
    // Cancelled: a whole minute of video is not this test's matter.
    expect((await fetch(`${server.url}/api/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    await until('the end', async () => (await get<Job>(`/api/jobs/${id}`)).state === 'cancelled');
  });
});
