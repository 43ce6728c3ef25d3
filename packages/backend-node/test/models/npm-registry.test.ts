import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CHAIN, findCard } from '@fr-stream/models';
import { AssetCache, NodeModelStore } from '../../src/index.js';

let folder: string;
const environment = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-npm-'));
});
afterEach(async () => {
  process.env = { ...environment };
  await rm(folder, { recursive: true, force: true });
});

/** A tarball with the given files under a top folder of another name than npm's own. */
function tarball(files: Readonly<Record<string, Buffer>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [path, content] of Object.entries(files)) {
    const header = new Header({ path: `top/${path}`, mode: 0o644, size: content.length, type: 'File' });
    const block = Buffer.alloc(512);
    header.encode(block);
    blocks.push(block, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** A registry on this machine that holds `@scope/pkg@1.2.3` and asks for a token. */
async function registry(archive: Buffer, integrity: string) {
  const seen: { path: string; authorized: boolean }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const authorized = request.headers.authorization === 'Bearer sesame';
    seen.push({ path, authorized });
    if (!authorized) response.writeHead(401).end('{}');
    else if (path.endsWith('.tgz')) response.end(archive);
    else if (decodeURIComponent(path) === '/@scope/pkg') {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      const dist = { tarball: `http://127.0.0.1:${port}/@scope/pkg/-/pkg-1.2.3.tgz`, integrity };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          name: '@scope/pkg',
          'dist-tags': { latest: '1.2.3' },
          versions: { '1.2.3': { name: '@scope/pkg', version: '1.2.3', dist } },
        }),
      );
    } else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const npmrc = join(folder, 'npmrc');
  await writeFile(
    npmrc,
    `@scope:registry=http://127.0.0.1:${address.port}/\n//127.0.0.1:${address.port}/:_authToken=sesame\ncache=${join(folder, 'npm-cache')}\n`,
  );
  process.env.npm_config_userconfig = npmrc;
  // Set by npm when it runs the tests; it would win over the file.
  delete process.env.npm_config_cache;
  return {
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const integrityOf = (bytes: Buffer) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
const one = Buffer.alloc(200_000, 'one');
const two = Buffer.from('two');
const archive = tarball({ 'package.json': Buffer.from('{}'), 'model/one.bin': one, 'two.txt': two });

describe('an npm source', () => {
  it("comes from the scope's registry with the user's token; several files in one download", async () => {
    await using server = await registry(archive, integrityOf(archive));
    const cache = new AssetCache(join(folder, 'cache'));
    const [first, second] = await cache.fetchAll([
      { id: 'one', sources: ['npm:@scope/pkg@1.2.3/model/one.bin'] },
      { id: 'two', sources: ['npm:@scope/pkg@1.2.3/two.txt'], bytes: 3 },
    ]);
    expect((await readFile(first ?? '')).equals(one)).toBe(true);
    expect(await readFile(second ?? '', 'utf8')).toBe('two');
    expect(server.seen.filter(({ path }) => path.endsWith('.tgz'))).toEqual([
      { path: '/@scope/pkg/-/pkg-1.2.3.tgz', authorized: true },
    ]);
  });

  it('whose tarball is not what the registry promised leaves nothing behind', async () => {
    await using server = await registry(archive, integrityOf(Buffer.from('another')));
    const cache = new AssetCache(join(folder, 'cache'));
    const wanted = { id: 'one', sources: ['npm:@scope/pkg@1.2.3/model/one.bin'] };
    await expect(cache.fetch(wanted)).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('integrity') as unknown,
    });
    expect(await cache.check(wanted)).toBe('missing');
    expect(server.seen.some(({ path }) => path.endsWith('.tgz'))).toBe(true);
  });

  it('that lacks the file says so, and the others of the package still arrive', async () => {
    await using server = await registry(archive, integrityOf(archive));
    const cache = new AssetCache(join(folder, 'cache'));
    const there = { id: 'two', sources: ['npm:@scope/pkg@1.2.3/two.txt'] };
    await expect(
      cache.fetchAll([{ id: 'gone', sources: ['npm:@scope/pkg@1.2.3/gone.bin'] }, there]),
    ).rejects.toThrow(/gone .*@scope\/pkg@1\.2\.3 holds no file gone\.bin/);
    expect(await cache.check(there)).toBe('ok');
    expect(server.seen.every(({ authorized }) => authorized)).toBe(true);
  });

  it('with an unknown version names the package', async () => {
    await using server = await registry(archive, integrityOf(archive));
    await expect(
      new AssetCache(join(folder, 'cache')).fetch({ id: 'x', sources: ['npm:@scope/pkg@9.9.9/two.txt'] }),
    ).rejects.toThrow(/9\.9\.9/);
    expect(server.seen.some(({ path }) => path.endsWith('.tgz'))).toBe(false);
  });
});

describe('NodeModelStore', () => {
  it('gives the default chain, verified', async () => {
    const store = new NodeModelStore();
    const cards = Object.values(DEFAULT_CHAIN);
    await store.pullAll(cards);
    for (const card of cards) {
      const bytes = await store.bytes(card);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(card.sha256);
      expect(await store.has(card)).toBe(true);
    }
  });

  it('asks for the licence first, and remembers that it was accepted', async () => {
    const card = { ...findCard('scrfd-2.5g-kps'), sources: [] };
    const store = new NodeModelStore({ folder });
    await expect(store.bytes(card)).rejects.toMatchObject({
      code: 'MODEL_LICENCE',
      hint: expect.stringContaining('--accept-licence') as unknown,
    });
    await store.acceptLicence(card);
    const later = new NodeModelStore({ folder });
    await expect(later.bytes(card)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    const other = { ...card, sha256: '0'.repeat(64) };
    await expect(later.bytes(other)).rejects.toMatchObject({ code: 'MODEL_LICENCE' });
  });

  it('never hands out bytes that are not the card’s', async () => {
    const card = { ...DEFAULT_CHAIN.landmarker, sources: [] };
    const store = new NodeModelStore({ folder });
    await store.add(card, await new NodeModelStore().path(DEFAULT_CHAIN.landmarker));
    const path = await store.path(card);
    const bytes = await readFile(path);
    bytes[500] = (bytes[500] ?? 0) ^ 0xff;
    await writeFile(path, bytes);
    expect(await store.verify(card)).toBe('corrupt');
    await expect(store.bytes(card)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
  });
});
