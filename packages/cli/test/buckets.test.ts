import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetCache } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3_CREDENTIALS, startBucket } from '../../cluster/test/support/s3-server.js';
import { redisInstalled, startRedis } from '../../cluster/test/support/redis-server.js';
import { postgresInstalled, startPostgres } from '../../postgres/test/support/postgres-server.js';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { BIN, runCli } from './run-cli.js';

const there = redisInstalled && postgresInstalled;

/** A bucket, a queue, a worker and a database, all real; the commands as the user runs them. */
describe.skipIf(!there)(
  there ? 'photos and videos in a bucket' : 'no Redis or no PostgreSQL: skipped',
  () => {
    let folder: string;
    let env: Record<string, string>;
    let worker: ChildProcess | undefined;
    const owned: AsyncDisposable[] = [];
    const at = (name: string): string => join(folder, name);
    const files = ['a one.jpg', 'b.jpg'];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fr-stream-bucket-'));
      await mkdir(at('photos'));
      const assets = await new AssetCache().fetchAll([DEMO_ASSETS.franckStill1, DEMO_ASSETS.strangers]);
      for (const [i, file] of assets.entries()) await cp(file, at(`photos/${files[i] ?? ''}`));
      const objects = new Map<string, Uint8Array | string>([['photos/notes.txt', 'no photo']]);
      for (const name of files) objects.set(`photos/${name}`, await readFile(at(`photos/${name}`)));
      const [video] = await new AssetCache().fetchAll([DEMO_ASSETS.map2]);
      if (video === undefined) throw new Error('no video');
      await cp(video, at('talk.mp4'));
      objects.set('videos/talk.mp4', await readFile(video));
      const bucket = await startBucket(at('bucket'), 'archive', objects);
      owned.push(bucket);
      env = {
        XDG_DATA_HOME: at('home'),
        AWS_ENDPOINT_URL_S3: bucket.endpoint,
        AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      };
    });
    afterAll(async () => {
      worker?.kill('SIGKILL');
      for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const photos = (...args: readonly string[]) => runCli(['photos', ...args, '-q', '--no-report'], { env });
    const table = async (name: string): Promise<string> =>
      (await readFile(at(name), 'utf8'))
        .replaceAll('s3://archive/photos/', '')
        .replaceAll(`${at('photos')}/`, '');

    it(
      'come out as files do, here and over a queue whose workers have no credentials',
      { timeout: 240_000 },
      async () => {
        // What does not wait for one another goes at once: most of the time of each command is its start.
        const [redis, postgres, local, bucket] = await Promise.all([
          startRedis(),
          startPostgres(),
          photos(at('photos'), '-g', at('local.db'), '--csv', at('local.csv')),
          photos('s3://archive/photos/', '-g', at('bucket.db'), '--csv', at('bucket.csv')),
        ]);
        owned.push(redis, postgres);
        expect([local.code, local.stderr]).toEqual([0, '']);
        // Amazon's client may say something of the version of Node.
        expect([bucket.code, bucket.stdout]).toEqual([0, '']);
        expect((await table('local.csv')).split('\n').length).toBeGreaterThan(5);
        expect(await table('bucket.csv')).toBe(await table('local.csv'));

        const [queue, store] = [redis.url(), postgres.url('store')];
        worker = spawn(process.execPath, [BIN, 'worker', '--queue', queue, '--store', store], {
          env: { ...process.env, XDG_DATA_HOME: at('worker') },
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let said = '';
        worker.stderr?.on('data', (text: Buffer) => (said += text.toString()));
        for (const name of ['file', 'bucket-video', 'queued-video']) await mkdir(at(name));
        const tag = (input: string, name: string, ...args: readonly string[]) => {
          const outputs = ['--events', at(`${name}/{name}.jsonl`), '-g', at('local.db')];
          return runCli([input, '--duration', '2', '--fps', '5', '-q', ...outputs, ...args], { env });
        };
        const over = ['--queue', queue, '--store', store, '--csv', at('queued.csv')];
        const [queued, file] = await Promise.all([
          photos('s3://archive/photos', ...over),
          tag(at('talk.mp4'), 'file'),
        ]);
        expect([queued.code, queued.stdout]).toEqual([0, '']);
        expect(await table('queued.csv')).toBe(await table('local.csv'));
        expect(said.match(/done in .* photo s3:/g)).toHaveLength(files.length);
        expect([file.code, file.stdout]).toEqual([0, '']);

        // A video below a prefix: here, and by the worker, which reads it by a signed address.
        const prefix = 's3://archive/videos/';
        const [again, direct, elsewhere] = await Promise.all([
          photos('s3://archive/photos', '-g', store, '--json'),
          tag(prefix, 'bucket-video'),
          tag(prefix, 'queued-video', '--queue', queue),
        ]);
        // Photos lie in the database, and nothing in the submitter's own gallery; a further run has nothing to do.
        expect(JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
          unchanged: files.length,
          searched: 0,
        });
        expect([direct.code, direct.stdout]).toEqual([0, '']);
        expect([elsewhere.code, elsewhere.stdout]).toEqual([0, '']);
        const events = async (name: string): Promise<string> =>
          (await readFile(at(`${name}/talk.jsonl`), 'utf8'))
            .replaceAll('s3://archive/videos/', '')
            .replaceAll(`${folder}/`, '');
        expect((await events('file')).split('\n').length).toBeGreaterThan(8);
        expect(await events('bucket-video')).toBe(await events('file'));
        expect(await events('queued-video')).toBe(await events('file'));
        expect(said).toContain('chunk s3://archive/videos/talk.mp4');
        expect(said + direct.stderr + elsewhere.stderr).not.toMatch(/amz|signature/i);
      },
    );

    it('are named with what goes with them', async () => {
      const [video, store, nothing] = await Promise.all([
        runCli(['s3://archive/a.mp4'], { env }),
        photos('s3://archive/photos', '--store', 'postgres://db/faces'),
        photos('s3://archive/nothing/'),
      ]);
      expect([video.code, video.stderr]).toEqual([3, expect.stringContaining('s3://archive/a.mp4 cannot')]);
      expect([store.code, store.stderr]).toEqual([2, expect.stringContaining('--store without --queue')]);
      expect(nothing.stderr).toContain('no photos there');
    });
  },
);
