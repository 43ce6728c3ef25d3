import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openQueue, type PhotoTask } from '@fr-stream/cluster';
import { startRedis } from '../../packages/cluster/test/support/redis-server.js';

export interface StubOptions {
  readonly workers: number;
  readonly jobs: number;
  /** Of each result in bytes, as text. */
  readonly resultBytes: number;
  /** What a worker waits over each job, in milliseconds. */
  readonly waitMs: number;
}

/** What queue and programs cost where the work itself costs nothing. */
export interface StubResult extends StubOptions {
  readonly seconds: number;
  /** Processor time of a job in milliseconds: of the Redis server, and of submitter and all workers. */
  readonly redisMs: number;
  readonly programMs: number;
  /** Jobs that some worker began more than once, or that came back wrong. */
  readonly faults: number;
}

/** Jobs that wait or are at work at once. */
const WINDOW = 4096;

/** Processor time of another process in milliseconds. */
async function processorMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** So many workers of this process take so many jobs from a Redis server of their own. */
export async function stubWork(options: StubOptions): Promise<StubResult> {
  const { workers, jobs, resultBytes, waitMs } = options;
  await using redis = await startRedis();
  await using working = await openQueue(redis.url());
  await using submitting = await openQueue(redis.url());
  const result = randomBytes(Math.ceil(resultBytes / 2)).toString('hex');
  const begun = new Map<string, number>();
  for (let i = 0; i < workers; i++) {
    working.work(
      async ({ id }) => {
        begun.set(id, (begun.get(id) ?? 0) + 1);
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        return `${id} ${result}`;
      },
      { concurrency: 1, name: `stub-${i}`, lockMs: 60_000 },
    );
  }
  const before = { redis: await processorMs(redis.pid), own: process.cpuUsage(), at: performance.now() };
  let [next, wrong] = [0, 0];
  const submitter = async (): Promise<void> => {
    while (next < jobs) {
      const id = `photo-${next++}`;
      const task: PhotoTask = {
        kind: 'photo',
        file: { share: 'archive', path: `folder/of/photos/${id}.jpg` },
        name: `/srv/archive/folder/of/photos/${id}.jpg`,
        hash: id.padEnd(64, '0'),
        models: ['ultraface-rfb-320', 'faceplugin-feature-512', 'faceplugin-landmark-68'],
        engine: { profile: 'fast' },
        forgotten: [],
      };
      if ((await submitting.run(task, { id })) !== `${id} ${result}`) wrong++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(WINDOW, jobs) }, submitter));
  const own = process.cpuUsage(before.own);
  const seconds = (performance.now() - before.at) / 1000;
  const redisMs = ((await processorMs(redis.pid)) - before.redis) / jobs;
  const faults = wrong + [...begun.values()].filter((count) => count !== 1).length + jobs - begun.size;
  return { ...options, seconds, redisMs, programMs: (own.user + own.system) / 1000 / jobs, faults };
}
