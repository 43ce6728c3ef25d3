import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { openQueue, type JobQueue } from '@fr-stream/cluster';
import { disposeAll } from '@fr-stream/core';
import { makeArchive } from '../library-story/material.js';
import { startPostgres } from '../../packages/postgres/test/support/postgres-server.js';
import { startRedis } from '../../packages/cluster/test/support/redis-server.js';
import { Machine } from './machines.js';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));

export interface ProofOptions {
  /** An empty one. */
  readonly folder: string;
  readonly photos: number;
  /** Short ones. */
  readonly videos: number;
  /** One more video, of minutes, in pieces; compared with an undisturbed run on one worker. */
  readonly long: boolean;
  readonly queue: 'redis' | 'postgres';
  /** Workers that are killed while photos are searched, one after the other. */
  readonly kills: number;
  readonly tell: (line: string) => void;
}

export interface Proof {
  readonly tasks: number;
  readonly kills: number;
  /** What is not as one process has it, in words; empty when all is. */
  readonly differences: readonly string[];
}

const WORKERS = 4;
/** So long after its last word a worker has lost its task. */
const LOCK_MS = 3000;
/** Stills that the archive has besides. */
const STILLS = 3;

/**
 * An archive is searched by four workers with addresses of their own, of which some are killed and one is cut off for a
 * while, and by one process; what differs is told.
 */
export async function proof(options: ProofOptions): Promise<Proof> {
  const { folder, tell, queue: kind } = options;
  const at = (name: string): string => join(folder, name);
  await mkdir(at('out'), { recursive: true });
  await makeArchive(at('archive'), options.photos, options.videos + 1);
  const names = (await readdir(at('archive/videos'))).sort();
  const long = at('archive/videos/long.mp4');
  const short = names.map((name) => at(`archive/videos/${name}`)).filter((path) => path !== long);
  const owned: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(one: T): T => {
    owned.push(one);
    return one;
  };
  try {
    const machines: Machine[] = [];
    for (let i = 0; i < WORKERS; i++) machines.push(own(await Machine.make(i)));
    // They listen on this end of the cables, which must be there.
    const addresses = machines.map(({ server }) => server);
    const { port } = own(kind === 'redis' ? await startRedis(addresses) : await startPostgres({ addresses }));
    const urlAt = (host: string, name = 'proof'): string =>
      kind === 'redis'
        ? `redis://${host}:${port}?queue=${name}`
        : `postgres://test@${host}:${port}/postgres?queue=${name}`;
    const worker = (url: string): readonly string[] => {
      const args = ['worker', '--queue', url, '--threads', '1', '--lock', String(LOCK_MS), '-q'];
      return [process.execPath, BIN, ...args];
    };
    const url = urlAt('127.0.0.1');
    const queue = own(await openQueue(url));
    for (const machine of machines) machine.start(worker(urlAt(machine.server)));

    const differences: string[] = [];
    const compare = async (what: string, of: (name: string) => Promise<unknown>): Promise<void> => {
      const same = isDeepStrictEqual(await of('queue'), await of('local'));
      tell(`${what}: ${same ? 'the same' : 'DIFFERENT'}`);
      if (!same) differences.push(what);
    };
    const photos = (name: string, ...more: readonly string[]): Promise<void> => {
      const outputs = ['-g', at(`out/${name}.db`), '--csv', at(`out/${name}.csv`)];
      return command('photos', at('archive/photos'), ...outputs, ...more);
    };
    tell(`${options.photos + STILLS} photos over ${WORKERS} workers`);
    await Promise.all([photos('queue', '--queue', url), disturb(queue, machines, options)]);
    tell('and by one process');
    await photos('local');
    await compare('table of faces', (name) => readFile(at(`out/${name}.csv`), 'utf8'));
    await compare('cut-outs, byte for byte', (name) => filesOf(at(`out/${name}-faces/cutouts`)));

    const tag = (name: string, videos: readonly string[], ...more: readonly string[]): Promise<void> =>
      command(...videos, '-g', at(`out/${name}.db`), '--events', at(`out/${name}-{name}.jsonl`), ...more);
    const eventsOf = (name: string, video: string): Promise<string> =>
      readFile(at(`out/${name}-${basename(video, '.mp4')}.jsonl`), 'utf8');
    const last = machines.at(-1);
    for (const machine of machines) if (machine !== last) await machine.kill({ again: false });
    tell(`${short.length} short videos, on the worker alone that was cut off`);
    await tag('queue', short, '--queue', url);
    await tag('local', short);
    for (const video of short) await compare(basename(video), (name) => eventsOf(name, video));

    const ended = await queue.state();
    const expected = options.photos + STILLS + short.length;
    if (ended.completed !== expected) differences.push(`${ended.completed} tasks done, of ${expected}`);
    if (ended.failed > 0) differences.push(`${ended.failed} tasks set aside`);
    if (ended.waiting + ended.active > 0) differences.push('tasks are left');

    if (options.long) {
      for (const machine of machines) if (machine !== last) machine.start();
      tell('a long video in pieces, workers killed');
      const pieces = ['--chunk', '20'];
      const before = ended.completed;
      const tagging = tag('queue', [long], '--queue', url, ...pieces);
      for (const machine of machines.slice(0, 2)) {
        await until(async () => (await queue.state()).completed > before && (await queue.state()).active > 0);
        await machine.kill({ again: true });
      }
      await tagging;
      const calm = urlAt('127.0.0.1', 'calm');
      const [program = '', ...args] = worker(calm);
      const alone = spawn(program, args, { stdio: 'ignore' });
      await tag('local', [long], '--queue', calm, ...pieces);
      alone.kill('SIGTERM');
      await compare('long.mp4', (name) => eventsOf(name, long));
    }
    const kills = machines.reduce((sum, machine) => sum + machine.kills, 0);
    tell(`${ended.completed} tasks done, ${ended.failed} set aside; ${kills} processes were killed`);
    return { tasks: ended.completed, kills, differences };
  } finally {
    await disposeAll(owned.reverse());
  }
}

/** Kills workers and pulls the cable of the last one, each when so much has been done. */
async function disturb(
  queue: JobQueue,
  machines: readonly Machine[],
  { photos, kills, tell }: ProofOptions,
): Promise<void> {
  const done = (share: number): Promise<void> =>
    until(async () => (await queue.state()).completed >= share * photos);
  const last = machines.at(-1);
  await done(0.1);
  tell('the cable of one worker is pulled');
  await last?.cut();
  for (let i = 0; i < kills; i++) {
    await done(0.2 + (0.6 * i) / kills);
    const machine = machines[i % (machines.length - 1)];
    tell(`worker ${i % (machines.length - 1)} is killed`);
    await machine?.kill({ again: true });
  }
  // Its tasks have gone to others by now, or go before the end.
  await done(0.9);
  tell('and put back');
  await last?.join();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50);
}

/** The command, which must succeed. */
async function command(...args: readonly string[]): Promise<void> {
  await run(process.execPath, [BIN, ...args, '-q'], { maxBuffer: 2 ** 28 });
}

/** What lies below a folder: names, and hashes of contents. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return files;
}
