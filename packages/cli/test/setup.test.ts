import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { chooseModels } from '@fr-stream/engine';
import { createModelStore } from '../src/compose/model-store.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from './run-cli.js';

/** A mirror of model files, as somebody behind a firewall would run one: the `files` folder of a cache. */
const YUNET = resolve(import.meta.dirname, '../../../../shared/models/face_detection_yunet_2023mar.onnx');
const there = existsSync(YUNET);
if (!there) console.warn(`skipped in part: ${YUNET} is not there`);

let folder: string;
let server: Server;
let mirror: string;
const asked: string[] = [];
const files = new Map<string, string>();

const cli = (env: Readonly<Record<string, string>>, ...args: string[]): Promise<CliResult> =>
  runCli(args, {
    env: {
      FR_STREAM_CACHE: join(folder, 'cache'),
      XDG_DATA_HOME: join(folder, 'data'),
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      ...env,
    },
  });

interface Row {
  readonly profile: string;
  readonly current: boolean;
  readonly models: readonly string[];
  readonly missing: readonly string[];
}
const told = async (): Promise<readonly Row[]> =>
  JSON.parse((await cli({}, 'setup', '--json')).stdout) as readonly Row[];
const current = async (): Promise<string | undefined> => (await told()).find((row) => row.current)?.profile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-setup-'));
  const store = createModelStore();
  for (const card of chooseModels({ profile: 'fast' }).cards) {
    const path = await store.path(card);
    files.set(basename(path), path);
  }
  for (const card of chooseModels({ profile: 'balanced' }).cards)
    if (card.id === 'yunet-2023mar') files.set(`${card.sha256}.onnx`, YUNET);
  server = createServer((request, response) => {
    const name = basename(request.url ?? '');
    asked.push(name);
    const path = files.get(name);
    if (path === undefined || !existsSync(path)) return void response.writeHead(404).end();
    void readFile(path).then((bytes) => response.end(bytes));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  mirror = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/files` : '';
}, 120_000);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('fr-stream setup', { timeout: 120_000 }, () => {
  it('changes nothing when the models cannot be had, and says why', async () => {
    const run = await cli({}, 'setup', '--profile', 'fast', '--quiet');
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/could not be fetched[^]*hint: .*network/);
    expect(existsSync(join(folder, 'data', 'fr-stream', 'profile'))).toBe(false);
  });

  it('fetches a profile from a mirror, once, and needs no network then', async () => {
    const first = await cli({ FR_STREAM_MIRROR: mirror }, 'setup', '--profile', 'fast', '--quiet');
    expect(first).toMatchObject({ code: 0, stdout: '' });
    const count = asked.length;
    expect(count).toBe(3);
    expect((await cli({}, 'setup', '--profile', 'fast', '--quiet')).code).toBe(0);
    expect(asked).toHaveLength(count);
    const fast = (await told()).find(({ profile }) => profile === 'fast');
    expect(fast).toEqual({
      profile: 'fast',
      current: true,
      models: ['ultraface-rfb-320', 'faceplugin-feature-512', 'faceplugin-landmark-68'],
      missing: [],
    });
  });

  it.skipIf(!there)('is what later commands use, unless they name another', async () => {
    expect((await cli({ FR_STREAM_MIRROR: mirror }, 'setup', '--profile', 'balanced', '-q')).code).toBe(0);
    expect(await current()).toBe('balanced');
    const photo = resolve(dirname(YUNET), '../data/seed/bradleycooper.jpeg');
    const photos = join(folder, 'photos');
    await mkdir(photos);
    await copyFile(photo, join(photos, 'a.jpg'));
    const search = (...more: string[]): Promise<CliResult> =>
      cli({}, 'photos', photos, '--gallery', join(folder, 'g.db'), '--no-report', ...more);
    expect((await search()).stderr).toContain('yunet-2023mar + faceplugin-feature-512');
    expect((await search('--profile', 'fast')).stderr).toContain('ultraface-rfb-320');
    expect((await search('--detector', 'ultraface-rfb-320')).stderr).toContain('ultraface-rfb-320');
  });

  it('keeps the profile that works when a better one cannot be had', async () => {
    const before = await current();
    // The mirror does not have the second embedder, and the other sources cannot be reached.
    const run = await cli({ FR_STREAM_MIRROR: mirror }, 'setup', '--profile', 'best', '--quiet');
    expect(run.code).not.toBe(0);
    expect(await current()).toBe(before);
  });

  it('knows no other profiles', async () => {
    const run = await cli({}, 'setup', '--profile', 'quick');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('fast, balanced, best');
  });
});
