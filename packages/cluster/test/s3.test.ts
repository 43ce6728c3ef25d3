import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readRef } from '../src/files/read-ref.js';
import { openS3, parseS3Url } from '../src/files/s3.js';
import { Shares } from '../src/files/shares.js';
import { S3_CREDENTIALS, startBucket, type TestBucket } from './support/s3-server.js';

let folder: string;
let server: TestBucket;
let endpoint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-s3-'));
  const keys = ['photos/b.jpg', 'photos/a space & more.jpg', 'photos/', 'videos/c.mp4'];
  server = await startBucket(folder, 'archive', new Map(keys.map((key) => [key, `bytes of ${key}`])));
  ({ endpoint } = server);
  vi.stubEnv('AWS_ACCESS_KEY_ID', S3_CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', S3_CREDENTIALS.secretAccessKey);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('lists the objects below a prefix', async () => {
  using s3 = await openS3({ endpoint });
  const found: { url: string; sizeBytes: number; modifiedMs: number }[] = [];
  for await (const object of s3.list('s3://archive/photos/')) found.push(object);
  expect(found.map(({ url, sizeBytes }) => [url, sizeBytes])).toEqual([
    ['s3://archive/photos/a space & more.jpg', 'bytes of photos/a space & more.jpg'.length],
    ['s3://archive/photos/b.jpg', 'bytes of photos/b.jpg'.length],
  ]);
  for (const { modifiedMs } of found) expect(modifiedMs).toBeGreaterThan(Date.parse('2020-01-01'));
});

it('signs addresses by which a worker without credentials reads', async () => {
  using s3 = await openS3({ endpoint });
  const signed = await s3.signed('s3://archive/photos/a space & more.jpg');
  const bytes = await readRef({ url: signed }, new Shares());
  expect(Buffer.from(bytes).toString()).toBe('bytes of photos/a space & more.jpg');
  // This server reads to anybody; that it is signed can be seen.
  expect(signed).toMatch(/X-Amz-Expires=86400/);
  expect(signed).toMatch(/X-Amz-Signature=[0-9a-f]{64}/);
  // What a worker says of one that it cannot read holds nothing of the signature.
  const gone = await s3.signed('s3://archive/photos/gone.jpg');
  const failure = await readRef({ url: gone }, new Shares()).catch((error: unknown) => error);
  expect(String(failure)).toContain('HTTP 404');
  expect(String(failure)).not.toContain('Signature');
});

it('tells of a bucket that is not there, and of what is no address', async () => {
  using s3 = await openS3({ endpoint });
  const listing = (async () => {
    for await (const object of s3.list('s3://nowhere/')) void object;
  })();
  await expect(listing).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  expect(() => parseS3Url('s3:/archive')).toThrow('no address in S3');
});
