import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openQueue } from '@fr-stream/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, runCli } from './run-cli.js';

const REDIS = ['/usr/bin/redis-server', '/usr/bin/valkey-server'].find((path) => existsSync(path));
const PHOTOS = fileURLToPath(new URL('../../../../shared/data/lfw-dev', import.meta.url));
const missing =
  REDIS === undefined
    ? 'no redis-server (apt-get install redis-server): skipped'
    : existsSync(PHOTOS)
      ? undefined
      : 'no shared photos: skipped';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(missing !== undefined)(missing ?? 'photos on several workers', () => {
  let folder: string;
  let redis: ChildProcess;
  let url: string;
  const workers: ChildProcess[] = [];
  const startWorker = (): void => {
    const options = ['--queue', url, '--threads', '1', '--lock', '2000', '-q'];
    workers.push(spawn(process.execPath, [BIN, 'worker', ...options], { stdio: 'ignore' }));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-workers-'));
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    redis = spawn(
      REDIS ?? '',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
      {
        stdio: 'ignore',
      },
    );
    await mkdir(join(folder, 'photos'));
    for (const person of (await readdir(PHOTOS)).sort().slice(0, 40)) {
      const [first] = (await readdir(join(PHOTOS, person))).sort();
      if (first !== undefined) await cp(join(PHOTOS, person, first), join(folder, 'photos', first));
    }
    await setTimeout(500);
    // A third of this is no whole number of milliseconds, which Redis refused once: a killed worker's photo was lost then.
    startWorker();
    startWorker();
  });
  afterAll(async () => {
    for (const child of [...workers, redis]) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('are found as on one machine, though a worker is killed in the midst of it', async () => {
    const photos = join(folder, 'photos');
    const submitted = runCli([
      'photos',
      photos,
      '-g',
      join(folder, 'queue.db'),
      '--queue',
      url,
      '--csv',
      join(folder, 'queue.csv'),
      '-q',
    ]);
    await using queue = await openQueue(url);
    // In the midst of it: some are done, and both are at work.
    for (let i = 0; i < 2000 && (await queue.state()).completed < 5; i++) await setTimeout(20);
    workers[0]?.kill('SIGKILL');
    startWorker();
    expect((await submitted).code).toBe(0);
    const local = await runCli([
      'photos',
      photos,
      '-g',
      join(folder, 'local.db'),
      '--csv',
      join(folder, 'local.csv'),
      '-q',
    ]);
    expect(local.code).toBe(0);
    expect(await readFile(join(folder, 'queue.csv'), 'utf8')).toBe(
      await readFile(join(folder, 'local.csv'), 'utf8'),
    );
    const cut = async (name: string) =>
      (await readdir(join(folder, `${name}-faces`, 'cutouts'), { recursive: true })).sort();
    expect(await cut('queue')).toEqual(await cut('local'));
    const { completed, failed } = await queue.state();
    expect([completed, failed]).toEqual([(await readdir(photos)).length, 0]);
  }, 240_000);
});
