import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
} from '../../postgres/test/support/postgres-server.js';
import { openQueue, TaskFailedError, type JobQueue } from '../src/queue/job-queue.js';
import type { Task } from '../src/queue/task.js';
import { NO_REDIS, redisInstalled, startRedis } from './support/redis-server.js';

const SCRIPT = fileURLToPath(new URL('fixtures/stub-worker.ts', import.meta.url));
const stub = (name: string): Task => ({
  kind: 'photo',
  name,
  file: { path: '/nowhere' },
  hash: name,
  models: [],
  engine: {},
  forgotten: [],
});

const nameOf = (task: unknown): string => (task as Task).name;

/** Stub workers, each started anew when it is gone, as an init system does. */
class Machines implements AsyncDisposable {
  readonly begun: string[] = [];
  readonly #url: string;
  readonly #children = new Set<ChildProcess>();
  #crashes = 0;
  #over = false;

  readonly #lockMs: number;

  constructor(url: string, count: number, lockMs = 400) {
    this.#url = url;
    this.#lockMs = lockMs;
    for (let i = 0; i < count; i++) this.#start();
  }

  get crashes(): number {
    return this.#crashes;
  }

  #start(): void {
    const args = [
      '--conditions=@fr-stream/source',
      '--import',
      'tsx',
      SCRIPT,
      this.#url,
      '2',
      String(this.#lockMs),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => this.begun.push(line));
    child.once('exit', () => {
      this.#children.delete(child);
      if (this.#over) return;
      this.#crashes++;
      this.#start();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

function contract(open: (name: string) => string): void {
  let count = 0;
  const fresh = (): string => open(`q${count++}`);
  const give = (queue: JobQueue, name: string, id = name, priority?: number) =>
    queue.run(stub(name), { id, ...(priority !== undefined && { priority }) });

  it('sets a task aside that takes its workers down, alone, and does all others', async () => {
    const url = fresh();
    await using queue = await openQueue(url);
    await using machines = new Machines(url, 2);
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const poison = give(queue, 'poison').catch((error: unknown) => error);
    const others = await Promise.all(names.map((name) => give(queue, name)));
    expect(others).toEqual(names.map((name) => `done ${name}`));
    const failure = await poison;
    expect(TaskFailedError.isInstance(failure)).toBe(true);
    const { completed, failed } = await queue.state();
    expect([completed, failed]).toEqual([12, 1]);
    expect((await queue.failed(5)).map(({ name }) => name)).toEqual(['poison']);
    // Once, and twice more.
    expect(machines.crashes).toBe(3);
    expect(machines.begun.filter((name) => name === 'poison')).toHaveLength(3);
  });

  it('does a task in the end that workers lose who live, and are only late', async () => {
    const url = fresh();
    await using queue = await openQueue(url);
    await using machines = new Machines(url, 2, 300);
    expect(await give(queue, 'late')).toBe('done late');
    expect(machines.crashes).toBe(0);
    // More often than workers may vanish over one.
    expect(machines.begun.filter((name) => name === 'late').length).toBeGreaterThan(4);
    expect((await queue.state()).failed).toBe(0);
  });

  it('tries a task that fails three times, and again when it is asked to', async () => {
    const url = fresh();
    await using queue = await openQueue(url);
    let runs = 0;
    queue.work(
      async () => {
        if (++runs <= 3) throw new Error('the disk is away');
        return 'done at last';
      },
      { concurrency: 1, name: 'here', lockMs: 2000 },
    );
    const failure = await give(queue, 'a').catch((error: unknown) => error);
    expect(TaskFailedError.isInstance(failure) && failure.message).toContain('the disk is away');
    expect(runs).toBe(3);
    await expect(queue.run(stub('a'), { id: 'a', retryFailed: true })).resolves.toBe('done at last');
  });

  it('does a task once, whoever asks, and how often', async () => {
    const url = fresh();
    await using one = await openQueue(url);
    await using two = await openQueue(url);
    const runs: string[] = [];
    one.work(async ({ task }) => `${nameOf(task)} ${runs.push(nameOf(task))}`, {
      concurrency: 2,
      name: 'here',
    });
    const answers = await Promise.all([give(one, 'a'), give(two, 'a'), give(one, 'b'), give(two, 'b')]);
    expect(runs.sort()).toEqual(['a', 'b']);
    expect([answers[0], answers[2]]).toEqual([answers[1], answers[3]]);
    // Later, too.
    expect(await give(two, 'a')).toBe(answers[0]);
    expect(runs).toHaveLength(2);
  });

  it('does what is urgent before what waits longer', async () => {
    const url = fresh();
    await using queue = await openQueue(url);
    await using worker = await openQueue(url);
    const archive = ['a1', 'a2', 'a3'].map((name) => give(queue, name, name, 10));
    // In the queue, before the urgent one comes.
    while ((await queue.state()).waiting < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    const live = give(queue, 'live', 'live', 1);
    while ((await queue.state()).waiting < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    const order: string[] = [];
    worker.work(async ({ task }) => order.push(nameOf(task)), { concurrency: 1, name: 'here' });
    await Promise.all([...archive, live]);
    expect(order[0]).toBe('live');
    expect(order.slice(1).sort()).toEqual(['a1', 'a2', 'a3']);
  });
}

describe.skipIf(!redisInstalled)(redisInstalled ? 'a queue in Redis' : NO_REDIS, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(async () => redis[Symbol.asyncDispose]());
  contract((name) => `${redis.url()}?queue=${name}`);
});

describe.skipIf(!postgresInstalled)(postgresInstalled ? 'a queue in PostgreSQL' : NOT_INSTALLED, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(async () => server[Symbol.asyncDispose]());
  contract((name) => `${server.url('s')}&queue=${name}`);
});
