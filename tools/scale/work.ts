import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openQueue, planChunks, type Task } from '@fr-stream/cluster';
import { createEngine } from 'fr-stream/engine';
import { videoFrames } from '@fr-stream/stream';
import { BareModel, type BareRun } from './ceiling.js';
import { startRedis } from '../../packages/cluster/test/support/redis-server.js';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));

export interface WorkOptions {
  /** Folder of photos; with all below. */
  readonly photos: string;
  /** Videos, or folders of them. */
  readonly clips: readonly string[];
  readonly mostPhotos: number;
  /** Of each count of workers, one after the other in turn. */
  readonly rounds: number;
}

export interface WorkRun {
  readonly kind: 'photos' | 'video';
  readonly workers: number;
  readonly tasks: number;
  readonly seconds: number;
  /** Processor time of each worker, of what it started too. */
  readonly cpuSeconds: readonly number[];
  /** Of the machine, over a minute, at the end. */
  readonly load: number;
}

/** Each task ahead waits in the queue, so that no worker waits for the submitter. */
const WINDOW = 32;
/** How long a model alone is run in between. */
const BARE_MS = 10_000;

/** Processor time of a process and of its children that have ended, in seconds. */
async function cpuOf({ pid = 0 }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field) / 100, 0);
}

async function photoTasks(folder: string, most: number, models: readonly string[]): Promise<readonly Task[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
  return Promise.all(
    names.slice(0, most).map(async (name): Promise<Task> => {
      const path = resolve(join(folder, name));
      const hash = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return { kind: 'photo', file: { path }, name, hash, models, engine: {}, forgotten: [] };
    }),
  );
}

async function chunkTasks(clip: string, models: readonly string[]): Promise<readonly Task[]> {
  const path = resolve(clip);
  await using source = videoFrames(path, {});
  const { durationMs } = await source.info();
  return planChunks(0, durationMs, { chunkMs: 2000, overlapMs: 1000 }).map((range): Task => ({
    kind: 'chunk',
    file: { path },
    name: clip,
    models,
    engine: {},
    video: {},
    ...range,
  }));
}

async function measure(
  kind: WorkRun['kind'],
  workers: number,
  url: string,
  tasks: readonly Task[],
): Promise<WorkRun> {
  await using queue = await openQueue(url);
  const args = ['worker', '--queue', url, '--threads', '1', '--concurrency', '1', '-q'];
  const children = Array.from({ length: workers }, () =>
    spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  try {
    while ((await queue.state()).workers.length < workers) await setTimeout(100);
    // Models are loaded with the first task: each gets some that do not count.
    const [first] = tasks;
    if (first === undefined) throw new Error('there is nothing to do');
    await Promise.all(
      Array.from({ length: 4 * workers }, (_, i) => queue.run(first, { id: `warm-${i}-${first.kind}` })),
    );
    const before = await Promise.all(children.map(cpuOf));
    const started = performance.now();
    let next = 0;
    const submit = async (): Promise<void> => {
      for (let i = next++; i < tasks.length; i = next++) {
        const task = tasks[i];
        const result = task && (await queue.run(task, { id: `real-${i}-${task.kind}` }));
        if (typeof result === 'object' && result !== null && 'error' in result)
          throw new Error(`a task came to nothing: ${JSON.stringify(result.error)}`);
      }
    };
    await Promise.all(Array.from({ length: WINDOW }, submit));
    const seconds = (performance.now() - started) / 1000;
    const after = await Promise.all(children.map(cpuOf));
    const cpuSeconds = after.map((value, i) => value - (before[i] ?? 0));
    return { kind, workers, tasks: tasks.length, seconds, cpuSeconds, load: loadavg()[0] ?? 0 };
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => new Promise((done) => child.once('exit', done))));
  }
}

/**
 * The same photos and the same clips by one worker and by two, each with one thread, in turn; and in between a model by one
 * process and by two that do nothing else, which is the most that this machine gives to a second one.
 */
export async function* realWork({
  photos,
  clips,
  mostPhotos,
  rounds,
}: WorkOptions): AsyncGenerator<WorkRun | BareRun> {
  await using redis = await startRedis();
  await using bare = await BareModel.make();
  const engine = await createEngine({ quiet: true });
  const { models } = engine;
  await engine[Symbol.asyncDispose]();
  const work = {
    photos: await photoTasks(photos, mostPhotos, models),
    video: (await Promise.all(clips.map((clip) => chunkTasks(clip, models)))).flat(),
  };
  let count = 0;
  for (let round = 0; round < rounds; round++)
    for (const kind of ['photos', 'video'] as const)
      for (const workers of round % 2 === 0 ? [1, 2] : [2, 1]) {
        if (work[kind].length > 0)
          yield await measure(kind, workers, `${redis.url()}?queue=run-${count++}`, work[kind]);
        // In turn with the work, so that both meet the same machine.
        yield await bare.run(workers, BARE_MS);
      }
}
