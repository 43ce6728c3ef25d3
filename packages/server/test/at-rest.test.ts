import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AesVault, openSealedStream, SealedStreamWriter, SqliteGalleryStore } from '@fr-stream/backend-node';
import type { Server, ServerEvent } from '@fr-stream/server';
import { findFfmpeg } from '@fr-stream/stream';
import { removeFolder, samples, startServer, tempFolder, testEngine, until } from './support/compose.js';
import { StreamServer } from './support/stream-server.js';

const NAME = 'Grace Hopper';

/** Nobody who takes the files learns from them who was seen, or what they look like. */
describe('what lies on the disk', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let camera: StreamServer;
  let server: Server | undefined;
  let encryption: object;

  const start = async (config: object): Promise<Server> =>
    (server = await startServer({ engine, folder, config }));
  const stop = async (): Promise<void> => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  };
  const get = async (path: string): Promise<Response> => fetch((server?.url ?? '') + path);
  const events = async (): Promise<ServerEvent[]> =>
    ((await (await get('/api/events?limit=500')).json()) as { events: ServerEvent[] }).events;
  const send = async (path: string, picture: string, name?: string): Promise<unknown> => {
    const form = new FormData();
    if (name !== undefined) form.append('name', name);
    form.append('image', new Blob([new Uint8Array(await readFile(picture))]));
    const response = await fetch((server?.url ?? '') + path, { method: 'POST', body: form });
    expect(response.status).toBe(200);
    return response.json();
  };

  /** Every file below the folder that is the product's. */
  const files = async (): Promise<ReadonlyMap<string, Buffer>> => {
    const found = new Map<string, Buffer>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && entry.name !== 'secret')
        found.set(path.slice(folder.length), await readFile(path));
    }
    return found;
  };
  /** Which files hold some bytes. */
  const holding = async (wanted: Buffer): Promise<string[]> =>
    [...(await files())].filter(([, bytes]) => bytes.includes(wanted)).map(([name]) => name);

  /** Short runs of a person's vectors, as float32 and as text. */
  const vectorBytes = async (key?: object): Promise<Buffer[]> => {
    const store = await SqliteGalleryStore.open(join(folder, 'home.db'), key);
    await using owned = store;
    const runs: Buffer[] = [];
    for await (const { vector } of owned.faces()) {
      const bytes = Buffer.from(vector.slice().buffer);
      runs.push(bytes.subarray(64, 76), bytes.subarray(1024, 1036));
    }
    return runs;
  };

  beforeAll(async () => {
    folder = await tempFolder();
    engine = await testEngine();
    camera = await StreamServer.start(await samples.franck());
    await writeFile(join(folder, 'secret'), `${'5c'.repeat(32)}\n`);
    encryption = { key: { file: join(folder, 'secret') } };
  });
  afterAll(async () => {
    await stop();
    await camera[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('is sealed, also what was written before there was a key, and opens with the key', async () => {
    const hall = { hall: { url: camera.url, maxFps: 5, maxHeight: 360, record: { segmentSeconds: 600 } } };
    await start({});
    await send('/api/people', await samples.otherStill(), NAME);
    await stop();
    const runs = await vectorBytes();
    expect(runs.length).toBeGreaterThan(0);
    // The search finds what is there to be found.
    expect(await holding(runs[0])).not.toEqual([]);
    expect(await holding(Buffer.from(NAME))).not.toEqual([]);

    await start({ encryption, cameras: hall });
    await send('/api/people', await samples.still(), NAME);
    const known = await until('somebody known', async () =>
      (await events()).find(({ type }) => type === 'person.identified'),
    );
    expect(known.person?.name).toBe(NAME);
    const upload = await fetch(`${server?.url ?? ''}/api/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(await readFile(await samples.still())),
    });
    expect(upload.status).toBe(200);
    const { id } = (await upload.json()) as { id: string };
    const job = await fetch(`${server?.url ?? ''}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'photos', upload: id }),
    });
    const jobId = ((await job.json()) as { id: string }).id;
    await until('the job', async () => {
      const { state } = (await (await get(`/api/jobs/${jobId}`)).json()) as { state: string };
      return state === 'done';
    });
    const name = await until('a recording', async () => {
      const [first] = (await (await get('/api/cameras/hall/recordings')).json()) as {
        name: string;
        bytes: number;
      }[];
      return first !== undefined && first.bytes > 100_000 ? first.name : undefined;
    });
    await stop();

    const kept = [...(await files()).keys()].join('\n');
    for (const kind of [
      /snapshots\/.*\.jpg/,
      /recordings\/hall\/.*\.mp4\.sealed/,
      /jobs\/.*\.jsonl/,
      /faces\/home\//,
    ])
      expect(kept).toMatch(kind);
    const all = [...runs, ...(await vectorBytes({ key: { bytes: Buffer.alloc(32, 0x5c) } }))];
    for (const run of all) expect(await holding(run)).toEqual([]);
    for (const text of ['Grace', 'Hopper']) expect(await holding(Buffer.from(text))).toEqual([]);
    for (const head of [
      [0xff, 0xd8, 0xff, 0xe0],
      [0xff, 0xd8, 0xff, 0xdb],
      [0xff, 0xd8, 0xff, 0xe1],
    ])
      expect(await holding(Buffer.from(head))).toEqual([]);
    for (const box of ['ftyp', 'moof', 'mdat']) expect(await holding(Buffer.from(box))).toEqual([]);

    await start({ encryption, cameras: { hall: { ...hall.hall, enabled: false } } });
    expect((await events()).some(({ person }) => person?.name === known.person?.name)).toBe(true);
    const result = await (await get(`/api/jobs/${jobId}/result`)).text();
    expect(result).toContain(NAME);
    const picture = Buffer.from(await (await get(known.snapshot ?? '')).arrayBuffer());
    expect([...picture.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    const video = join(folder, 'played.mp4');
    await writeFile(
      video,
      Buffer.from(await (await get(`/api/cameras/hall/recordings/${name}`)).arrayBuffer()),
    );
    const { path } = await findFfmpeg();
    const { stderr } = await promisify(execFile)(path, ['-i', video, '-f', 'null', '-']);
    expect(stderr).toMatch(/start: 0\.\d+/);
    await stop();
    await expect(start({})).rejects.toThrow(/encrypted/);
    await writeFile(join(folder, 'secret'), 'ab'.repeat(32));
    await expect(start({ encryption })).rejects.toThrow(/not the one/);
  }, 180_000);
});

describe('a file that is sealed as it grows', () => {
  const vault = new AesVault(Buffer.alloc(32, 7));
  const write = (pieces: readonly string[]): Uint8Array[] => {
    const writer = new SealedStreamWriter(vault, 'a');
    return [writer.header, ...pieces.map((piece) => writer.seal(Buffer.from(piece)))];
  };
  const read = async (parts: readonly Uint8Array[], context = 'a'): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const piece of openSealedStream(
      (async function* () {
        yield* parts;
      })(),
      vault,
      context,
    ))
      pieces.push(Buffer.from(piece).toString());
    return pieces;
  };

  it('gives its pieces back, however it is cut on the way, and leaves out a broken tail', async () => {
    const parts = write(['one', 'two', 'three']);
    expect(await read(parts)).toEqual(['one', 'two', 'three']);
    const bytes = Buffer.concat(parts);
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['one', 'two', 'three']);
    expect(await read([bytes.subarray(0, -1)])).toEqual(['one', 'two']);
  });

  it('refuses pieces that were changed, exchanged or taken from elsewhere', async () => {
    const [head, one, two] = write(['one', 'two']) as [Uint8Array, Uint8Array, Uint8Array];
    await expect(read([head, two, one])).rejects.toThrow(/changed/);
    await expect(read([head, two])).rejects.toThrow(/changed/);
    await expect(read([head, one], 'b')).rejects.toThrow(/changed/);
    const flipped = Uint8Array.from(one);
    flipped[flipped.length - 1] ^= 1;
    await expect(read([head, flipped])).rejects.toThrow(/changed/);
    await expect(read([write(['x'])[0], one])).rejects.toThrow(/changed/);
  });
});
