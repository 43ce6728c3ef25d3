import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssetCache } from '../src/index.js';
import type { Asset } from '../src/index.js';
import { answerRange, fileServer } from './file-server.js';

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');
let folder: string;
let cache: AssetCache;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-cache-'));
  cache = new AssetCache(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const asset = (...sources: string[]): Asset => ({ id: 'thing', sources, sha256, bytes: content.length });

async function expectWhole(path: string): Promise<void> {
  expect((await readFile(path)).equals(content)).toBe(true);
}

async function filesIn(name: string): Promise<string[]> {
  return await readdir(join(folder, name)).catch(() => []);
}

describe('an http source', () => {
  it('is fetched once, with progress, then read from the cache', async () => {
    await using server = await fileServer((request, response) => answerRange(request, response, content));
    const seen: number[] = [];
    const path = await cache.fetch(asset(server.url), {
      onProgress: ({ receivedBytes, totalBytes }) => {
        expect(totalBytes).toBe(content.length);
        seen.push(receivedBytes);
      },
    });
    await expectWhole(path);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await cache.fetch(asset(server.url))).toBe(path);
    expect(server.ranges).toHaveLength(1);
    expect(await filesIn('partial')).toEqual([]);
  });

  it('is resumed where the connection broke', async () => {
    await using server = await fileServer((request, response, count) => {
      if (count > 1) return answerRange(request, response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toEqual(['', 'bytes=100000-']);
  });

  it('is restarted where the server knows no ranges', async () => {
    await using server = await fileServer((_request, response, count) => {
      response.writeHead(200, { 'content-length': content.length });
      if (count > 1) response.end(content);
      else response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toHaveLength(2);
  });

  it('is restarted when what lies there is of another file', async () => {
    await using server = await fileServer((request, response) => answerRange(request, response, content));
    await mkdir(join(folder, 'partial'));
    await writeFile(join(folder, 'partial', `${sha256}.bin`), randomBytes(1000));
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toEqual(['bytes=1000-', '']);
  });

  it.each<[string, number, RegExp]>([
    ['too many bytes', content.length + 1, /more than the 300000 bytes/],
    ['too few bytes', content.length - 1, /it has 299999 bytes, not 300000/],
  ])('that sends %s is refused and leaves nothing visible', async (_, length, reason) => {
    await using server = await fileServer((request, response) =>
      answerRange(request, response, Buffer.alloc(length, 7)),
    );
    await expect(cache.fetch(asset(server.url))).rejects.toThrow(reason);
    expect(await filesIn('files')).toEqual([]);
  });

  it('with other content of the same size is called corrupt', async () => {
    await using server = await fileServer((request, response) =>
      answerRange(request, response, Buffer.alloc(content.length)),
    );
    await expect(cache.fetch(asset(server.url))).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining(sha256) as unknown,
    });
    expect(await filesIn('files')).toEqual([]);
  });

  it('that fails is followed by the next source', async () => {
    await using server = await fileServer((_request, response) => response.writeHead(404).end());
    const file = join(folder, 'mine.bin');
    await writeFile(file, content);
    await expectWhole(await cache.fetch(asset(server.url, pathToFileURL(file).href)));
    expect(server.ranges).toHaveLength(1);
  });

  it('stops when it is aborted and goes on from there the next time', async () => {
    const stop = new AbortController();
    await using server = await fileServer((request, response, count) => {
      if (count > 1) return answerRange(request, response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 50_000), () => setTimeout(() => stop.abort(), 50));
    });
    await expect(cache.fetch(asset(server.url), { signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await filesIn('files')).toEqual([]);
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toEqual(['', 'bytes=50000-']);
  });
});

describe('failures', () => {
  it('name every source that was tried, and why it failed', async () => {
    await using server = await fileServer((_request, response) => response.writeHead(403).end());
    const missing = pathToFileURL(join(folder, 'missing.bin')).href;
    await expect(cache.fetch(asset(server.url, missing, 'ftp://example.org/x'))).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringMatching(
        /thing .*127\.0\.0\.1.*HTTP 403.*missing\.bin.*ENOENT.*ftp:.*no source/,
      ) as unknown,
      hint: expect.stringContaining('network') as unknown,
    });
  });

  it('say what to do when a file has no public source', async () => {
    await expect(cache.fetch(asset())).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      hint: expect.stringContaining('fr-stream models add thing FILE') as unknown,
    });
  });

  it('name a server that is not there', async () => {
    const server = await fileServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(cache.fetch(asset(server.url))).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  }, 30_000);

  it.skipIf(process.getuid?.() === 0)('name a cache folder that cannot be written', async () => {
    await chmod(folder, 0o500);
    await expect(cache.fetch(asset('file:///x'))).rejects.toMatchObject({
      message: expect.stringContaining(folder) as unknown,
      hint: expect.stringContaining('FR_STREAM_CACHE') as unknown,
    });
  });

  it('name a cache folder that is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(new AssetCache(file).fetch(asset('file:///x'))).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining(file) as unknown,
      hint: expect.stringContaining('FR_STREAM_CACHE') as unknown,
    });
  });
});

describe('the cached file', () => {
  it('is fetched again when its bytes have rotted', async () => {
    await using server = await fileServer((request, response) => answerRange(request, response, content));
    const path = await cache.fetch(asset(server.url));
    const rotten = Buffer.from(content);
    rotten[1234] = (rotten[1234] ?? 0) ^ 1;
    await writeFile(path, rotten);
    expect(await cache.check(asset(server.url))).toBe('corrupt');
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toHaveLength(2);
  });

  it('can be given by the user, if it is the right one', async () => {
    const file = join(folder, 'mine.bin');
    await writeFile(file, content);
    await expectWhole(await cache.add(asset(), file));
    expect(await cache.check(asset())).toBe('ok');
    await writeFile(file, 'something else');
    await expect(cache.add(asset(), file)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    await expect(cache.add(asset(), join(folder, 'none'))).rejects.toThrow(/none/);
    await expectWhole(cache.location(asset()));
    await cache.remove(asset());
    expect(await cache.check(asset())).toBe('missing');
  });

  it('without a known checksum is kept per source', async () => {
    const file = join(folder, 'clip.MP4');
    await writeFile(file, content);
    const path = await cache.fetch({ id: 'clip', sources: [pathToFileURL(file).href] });
    expect(path).toMatch(/\.mp4$/);
    await rm(file);
    await expectWhole(await cache.fetch({ id: 'clip', sources: [pathToFileURL(file).href] }));
  });
});

describe('two processes', () => {
  const child = fileURLToPath(new URL('fetch-in-child.mjs', import.meta.url));
  const start = (wanted: Asset) =>
    spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@fr-stream/source', child, folder, JSON.stringify(wanted)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const slowly = async (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': content.length });
    for (let at = 0; at < content.length; at += 30_000) {
      response.write(content.subarray(at, at + 30_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    response.end();
  };

  it('that want the same file download it once, and both get it', async () => {
    await using server = await fileServer((_request, response) => void slowly(response));
    const children = [start(asset(server.url)), start(asset(server.url)), start(asset(server.url))];
    const paths = await Promise.all(children.map((process) => text(process.stdout)));
    for (const path of paths) await expectWhole(path.trim());
    expect(server.ranges).toHaveLength(1);
  }, 60_000);

  it('do not trip over one that was killed half way', async () => {
    let killed: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (killed = resolve));
    await using server = await fileServer((request, response, count) => {
      if (count > 1) return answerRange(request, response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000), () => setTimeout(killed, 200));
    });
    const first = start(asset(server.url));
    await begun;
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    expect(await filesIn('files')).toEqual([]);
    expect((await stat(join(folder, 'partial', `${sha256}.bin`))).size).toBe(100_000);
    await expectWhole(await cache.fetch(asset(server.url)));
    expect(server.ranges).toEqual(['', 'bytes=100000-']);
  }, 60_000);
});
