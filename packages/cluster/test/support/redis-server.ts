import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const PROGRAM = ['/usr/bin/redis-server', '/usr/bin/valkey-server'].find((path) => existsSync(path));

export const redisInstalled = PROGRAM !== undefined;
export const NO_REDIS = 'no redis-server (apt-get install redis-server): skipped';

export interface TestRedis extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** @param host one of the addresses that it was started with. */
  url(host?: string): string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.write('PING\r\n'));
  });

/** A server of our own, which keeps nothing. @param addresses where it listens, besides 127.0.0.1. */
export async function startRedis(addresses: readonly string[] = []): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-redis-'));
  const port = await freePort();
  const options = { port, save: '', dir: folder, 'protected-mode': 'no', maxclients: 10_000 };
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const server = spawn(PROGRAM ?? '', [...args, '--bind', '127.0.0.1', ...addresses], { stdio: 'ignore' });
  const gone = new Promise((resolve) => server.once('exit', resolve));
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error('the Redis server does not start');
    await setTimeout(50);
  }
  return {
    port,
    pid: server.pid ?? 0,
    url: (host = '127.0.0.1') => `redis://${host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
