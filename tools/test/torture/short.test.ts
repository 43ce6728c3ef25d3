import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canTrace } from '../../torture/kill/write-points.js';
import { runProgram } from '../../torture/run-command.js';

/** The campaigns of docs/reliability.md in their short form; the long one is for people to start. */
vi.setConfig({ testTimeout: 900_000 });

const CLI = fileURLToPath(new URL('../../torture/cli.ts', import.meta.url));

interface Figures {
  readonly faults: readonly unknown[];
  readonly [figure: string]: unknown;
}

/** Runs a campaign as a person would. @throws Error with what it says, when it breaks. */
function campaign(...args: readonly string[]): Promise<Figures> {
  const node = ['--conditions=@fr-stream/source', '--import', 'tsx', CLI, ...args, '--json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, node, { maxBuffer: 2 ** 26, timeout: 880_000 }, (error, stdout, stderr) => {
      // It ends with status 1 when it has found something: what, is said by the figures.
      const line = stdout.trimEnd().split('\n').at(-1) ?? '';
      if (line.startsWith('{')) resolve(JSON.parse(line) as Figures);
      else reject(new Error(`${args.join(' ')}: ${stderr}`, { cause: error }));
    });
  });
}

const linux = process.platform === 'linux';
const can = async (program: string, ...args: readonly string[]): Promise<boolean> =>
  runProgram(program, args, { env: {} }).then(
    ({ code }) => code === 0,
    () => false,
  );
const root = process.getuid?.() === 0;
const network = linux && (await can('unshare', root ? '-n' : '-rn', 'true'));
const mounts = linux && (await can('unshare', root ? '-m' : '-rm', 'true'));
const traced = linux && (await canTrace());
if (!traced) console.warn('skipped: no kills, as strace is missing or may not trace (apt install strace)');
if (!mounts) console.warn('skipped: no full disks, as there are no namespaces of mounts here');
if (!network) console.warn('attempts to reach the network are not counted: there are no namespaces here');

describe('torture', () => {
  // A camera mostly waits: it runs beside the others.
  let soak: Promise<Figures> | undefined;
  let folder: string;
  const shared = (): readonly string[] => ['--material', folder];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-torture-shared-'));
    await campaign('material', folder);
    if (linux) soak = campaign('soak', '--minutes', '0.5', ...shared());
    soak?.catch(() => undefined);
  }, 300_000);
  afterAll(async () => {
    await soak?.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });

  it('damaged inputs break nothing, and reach nobody', async () => {
    const figures = await campaign('damage', '--count', '50', '--seed', '1');
    expect(figures).toMatchObject({ inputs: expect.any(Number) as number, faults: [] });
    expect(figures.inputs).toBeGreaterThanOrEqual(50);
    if (network) expect(figures.networkAttempts).toBe(0);
  });

  it.skipIf(!traced)('kill -9 with a write loses nothing', async () => {
    // One that makes a gallery, one with many outputs, one that removes, one with other programs at work.
    const commands = ['enroll', 'photos', 'forget', 'tag'];
    const figures = await campaign('kill', '--count', '4', '--seed', '1', ...shared(), '--only', ...commands);
    expect(figures).toMatchObject({ faults: [] });
    expect(figures.kills).toBeGreaterThanOrEqual(3);
  });

  it('processes that begin at once do not get in each other\u2019s way', async () => {
    expect(await campaign('together', '--rounds', '1', ...shared(), '--processes', '4')).toMatchObject({
      runs: 12,
      faults: [],
    });
  });

  it.skipIf(!mounts)(
    'full and read-only disks and missing rights are told, and nothing is lost',
    async () => {
      expect(await campaign('disk', ...shared())).toMatchObject({ faults: [] });
    },
  );

  it.skipIf(!linux)('a live source costs no more after a while than before', async () => {
    expect(await soak).toMatchObject({ faults: [] });
  });
});
