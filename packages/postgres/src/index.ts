export { PostgresEventStore } from './events/postgres-event-store.js';
export type {
  NumberedEvent,
  StoredEvent,
  StoredEventQuery,
  StoredStay,
} from './events/postgres-event-store.js';
export { PostgresCameras } from './events/postgres-cameras.js';
export { PostgresDeliveries } from './events/postgres-deliveries.js';
export { PostgresEventPictures } from './events/postgres-event-pictures.js';
export { PostgresGalleryStore } from './gallery/postgres-gallery-store.js';
export type { Lease, LeaseState } from '@fr-stream/core';
export { PostgresLeases } from './leases/postgres-leases.js';
export { PostgresMediaLibrary } from './library/postgres-media-library.js';
export type { Sql, SqlDatabase, SqlResult, TransactionOptions } from './sql/database.js';
export { databaseFacts, type DatabaseFacts } from './sql/facts.js';
export { openPglite, type PgliteLike } from './sql/pglite.js';
export { isPostgresUrl, openPostgres, parsePostgresUrl, type PoolOptions } from './sql/pool.js';
export { hasPgvector } from './vectors/index-table.js';
export { PostgresVectorIndex, type PostgresIndexOptions } from './vectors/postgres-vector-index.js';
