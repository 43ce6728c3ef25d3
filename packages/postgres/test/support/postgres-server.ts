import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian's, or a copy of it that has more in it: see tools/scale/pgvector.sh. */
const ROOT = process.env['FR_STREAM_TEST_POSTGRES'] ?? '/usr/lib/postgresql';

/** The folder of the newest server's programs; undefined where Debian's package is not installed. */
async function programs(): Promise<string | undefined> {
  const versions = existsSync(ROOT) ? await readdir(ROOT) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(ROOT, newest, 'bin');
}

export const postgresInstalled = (await programs()) !== undefined;
export const NOT_INSTALLED = 'no PostgreSQL server (apt-get install postgresql): skipped';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** @param schema a schema of its own. */
  url(schema: string): string;
}

export interface TestServerOptions {
  /** Where it listens besides its socket, for whoever comes from 10.0.0.0/8; nowhere by default. */
  readonly addresses?: readonly string[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server of our own in a folder of its own, reached through a socket there; it refuses to run as root. */
export async function startPostgres({ addresses = [] }: TestServerOptions = {}): Promise<TestServer> {
  const bin = await programs();
  if (bin === undefined) throw new Error(NOT_INSTALLED);
  // Short: the path of a socket has a limit of some hundred characters.
  const folder = await mkdtemp('/tmp/frpg-');
  const root = process.getuid?.() === 0;
  const ids = root ? await ownerOf('postgres') : {};
  if (ids.uid !== undefined && ids.gid !== undefined) await chown(folder, ids.uid, ids.gid);
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-N', '-E', 'UTF8'], {
    ...ids,
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  if (addresses.length > 0) await appendFile(join(data, 'pg_hba.conf'), 'host all all 10.0.0.0/8 trust\n');
  const port = addresses.length === 0 ? 5432 : await freePort();
  const settings = {
    port,
    listen_addresses: addresses.length === 0 ? '' : ['127.0.0.1', ...addresses].join(','),
    unix_socket_directories: folder,
    fsync: 'off',
    max_connections: 200,
  };
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    { ...ids, cwd: folder, stdio: 'ignore' },
  );
  const gone = new Promise((resolve) => server.once('exit', resolve));
  const ready = async (): Promise<boolean> =>
    run(join(bin, 'pg_isready'), ['-h', folder, '-p', String(port), '-U', 'test']).then(
      () => true,
      () => false,
    );
  while (!(await ready())) {
    if (server.exitCode !== null) throw new Error('the PostgreSQL server does not start');
    await setTimeout(50);
  }
  return {
    port,
    url: (schema) => `postgres:///postgres?host=${folder}&port=${port}&user=test&schema=${schema}`,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGINT');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ownerOf(user: string): Promise<{ uid?: number; gid?: number }> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => (await run('id', [flag, user])).stdout),
  );
  return { uid: Number(uid), gid: Number(gid) };
}
