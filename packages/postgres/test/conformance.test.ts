import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { GalleryStore, VectorIndex } from '@fr-stream/core';
import { galleryStoreConformance, vectorIndexConformance } from '@fr-stream/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  hasPgvector,
  openPglite,
  openPostgres,
  PostgresGalleryStore,
  PostgresVectorIndex,
  type SqlDatabase,
} from '../src/index.js';
import { NOT_INSTALLED, postgresInstalled, startPostgres, type TestServer } from './support/postgres-server.js';

/** A database with a schema that nobody has used. */
type Fresh = () => Promise<SqlDatabase>;

function contracts(fresh: Fresh, again: (schema: string) => Promise<SqlDatabase>, shared: Fresh): void {
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

  describe('vector index', () => {
    let database: SqlDatabase;
    let count = 0;
    beforeAll(async () => void (database = await shared()));
    afterAll(async () => database[Symbol.asyncDispose]());
    const make = async (dimensions: number, metric: 'cosine' | 'l2'): Promise<VectorIndex> =>
      PostgresVectorIndex.open(database, `index_${count++}`, dimensions, { metric });
    for (const check of vectorIndexConformance(make)) it(check.name, check.run);
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
    contracts(fresh, (schema) => openPostgres(server.url(schema), { connections: 2 }), fresh);
  },
);

describe('PGlite, with pgvector', () => {
  let pglite: PGlite;
  let count = 0;
  beforeAll(async () => void (pglite = await PGlite.create({ extensions: { vector } })));
  afterAll(async () => pglite.close());
  const fresh: Fresh = () => openPglite(pglite, `s${count++}`);
  contracts(fresh, (schema) => openPglite(pglite, schema), fresh);

  it('has pgvector, or the suite above has shown nothing of it', async ({ expect }) => {
    expect(await hasPgvector(await fresh())).toBe(true);
  });
});
