import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { GalleryStore, LibraryBase, VectorIndex } from '@fr-stream/core';
import {
  galleryStoreConformance,
  photoLibraryConformance,
  vectorIndexConformance,
  videoLibraryConformance,
} from '@fr-stream/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  hasPgvector,
  openPglite,
  openPostgres,
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

  describe('vector index', () => {
    let database: SqlDatabase;
    let count = 0;
    beforeAll(async () => void (database = await fresh()));
    afterAll(async () => database[Symbol.asyncDispose]());
    const make = async (dimensions: number, metric: 'cosine' | 'l2'): Promise<VectorIndex> =>
      PostgresVectorIndex.open(database, `index_${count++}`, dimensions, { metric });
    for (const check of vectorIndexConformance(make)) it.skipIf(left(check.name))(check.name, check.run);
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

  it('has pgvector, or the suite above has shown nothing of it', async ({ expect }) => {
    expect(await hasPgvector(await fresh())).toBe(true);
  });
});
