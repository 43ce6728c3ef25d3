import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { GalleryStore, LibraryBase, VectorIndex } from '@fr-stream/core';
import {
  eventStoreConformance,
  galleryStoreConformance,
  photoLibraryConformance,
  vectorIndexConformance,
  videoLibraryConformance,
  type SampleEvent,
  type SampleStay,
} from '@fr-stream/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasPgvector,
  openPglite,
  openPostgres,
  PostgresEventStore,
  PostgresGalleryStore,
  PostgresMediaLibrary,
  PostgresVectorIndex,
  type SqlDatabase,
} from '../src/index.js';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
  type TestServer,
} from './support/postgres-server.js';

/** A database with a schema that nobody has used. */
type Fresh = () => Promise<SqlDatabase>;

function contracts(
  fresh: Fresh,
  again: (schema: string) => Promise<SqlDatabase>,
  left: (check: string) => boolean = () => false,
): void {
  describe('gallery store', () => {
    const schemas = new WeakMap<GalleryStore, string>();
    const keep = (database: SqlDatabase): GalleryStore => {
      const store = new PostgresGalleryStore(database, { owned: true });
      schemas.set(store, database.schema);
      return store;
    };
    const make = async () => keep(await fresh());
    const reopen = async (store: GalleryStore) => keep(await again(schemas.get(store) ?? ''));
    for (const check of galleryStoreConformance({ make, reopen })) it(check.name, check.run);
  });

  describe('library', () => {
    const schemas = new WeakMap<LibraryBase, string>();
    const keep = (database: SqlDatabase): PostgresMediaLibrary => {
      const library = new PostgresMediaLibrary(database, { owned: true });
      schemas.set(library, database.schema);
      return library;
    };
    const subject = {
      make: async () => keep(await fresh()),
      reopen: async (library: LibraryBase) => keep(await again(schemas.get(library) ?? '')),
      gallery: async (library: LibraryBase): Promise<GalleryStore> =>
        new PostgresGalleryStore(await again(schemas.get(library) ?? ''), { owned: true }),
    };
    for (const { name, run } of photoLibraryConformance(subject)) it(`of photos: ${name}`, run);
    for (const { name, run } of videoLibraryConformance(subject)) it(`of videos: ${name}`, run);
  });

  describe('events', () => {
    const make = async () => {
      const database = await fresh();
      const store = new PostgresEventStore<SampleEvent, SampleStay>(database);
      return Object.assign(store, { [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() });
    };
    for (const check of eventStoreConformance(make)) it(check.name, check.run);

    it('keeps one event once, and numbers those of several writers so that none is passed over', async () => {
      await using database = await fresh();
      const store = new PostgresEventStore<SampleEvent>(database);
      const event = (id: string): SampleEvent => ({
        ...{ schema: 'fr-stream/event@1', id, gallery: 'home', camera: 'door', type: 'camera.lost' },
        at: '2026-05-01T00:00:00Z',
      });
      const heard: number[] = [];
      const stop = await store.listen((seq) => void heard.push(seq));
      // Who reads on from the last number that it saw sees each, though they are written at once.
      const seen: string[] = [];
      let [last, written] = [0, false];
      const reading = (async () => {
        for (let more = true; more;) {
          more = !written;
          for (const { id, seq } of await store.query({ galleries: ['home'], after: last, limit: 100 })) {
            seen.push(id);
            last = seq;
          }
        }
      })();
      const ids = Array.from({ length: 30 }, (_, i) => `e${i}`);
      await Promise.all([...ids, 'e0', 'e1'].map((id) => store.insert(event(id))));
      written = true;
      await reading;
      expect([...seen].sort()).toEqual([...ids].sort());
      while (new Set(heard).size < ids.length) await new Promise((resolve) => setTimeout(resolve, 10));
      await stop();
    });
  });

  describe('vector index', () => {
    let database: SqlDatabase;
    let count = 0;
    beforeAll(async () => void (database = await fresh()));
    afterAll(async () => database[Symbol.asyncDispose]());
    const make = async (dimensions: number, metric: 'cosine' | 'l2'): Promise<VectorIndex> =>
      PostgresVectorIndex.open(database, `index_${count++}`, dimensions, { metric });
    // In WebAssembly, and on a machine with much else to do, a graph takes long.
    const options = { timeout: 240_000 };
    for (const check of vectorIndexConformance(make, 1000))
      it.skipIf(left(check.name))(check.name, options, check.run);
  });
}

describe.skipIf(!postgresInstalled)(
  postgresInstalled ? 'a PostgreSQL server, without pgvector' : NOT_INSTALLED,
  () => {
    let server: TestServer;
    let count = 0;
    beforeAll(async () => void (server = await startPostgres()));
    afterAll(async () => server[Symbol.asyncDispose]());
    const fresh: Fresh = () => openPostgres(server.url(`s${count++}`), { connections: 3 });
    contracts(fresh, (schema) => openPostgres(server.url(schema), { connections: 2 }));
  },
);

describe('PGlite, with pgvector', () => {
  let pglite: PGlite;
  let count = 0;
  beforeAll(async () => void (pglite = await PGlite.create({ extensions: { vector } })));
  afterAll(async () => pglite.close());
  const fresh: Fresh = () => openPglite(pglite, `s${count++}`);
  // In WebAssembly a graph of thousands takes a minute: it is built once, by cosine.
  const left = (check: string): boolean => /^l2: (finds the true|still finds|never gives)/.test(check);
  contracts(fresh, (schema) => openPglite(pglite, schema), left);

  it('has pgvector, or the suite above has shown nothing of it', async () => {
    expect(await hasPgvector(await fresh())).toBe(true);
  });
});
