import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { OpenShared, OpenStay, ServerEvent } from '@fr-stream/server';

/** A lease that is not renewed for so long is free: cameras go over to another server well within ten seconds. */
const LEASE_MS = 3000;
/** A statement that takes longer fails; those of leases well before the lease runs out. */
const TIMEOUT_MS = 10_000;
const LEASE_TIMEOUT_MS = 1000;

/** Opens the database in which servers share events and cameras. */
export const openShared: OpenShared = async (url) => {
  const postgres = await import('@fr-stream/postgres');
  const database = await postgres.openPostgres(url, { connections: 4, timeoutMs: TIMEOUT_MS });
  // Connections of their own: leases are renewed while events wait for one.
  const leases = await postgres.openPostgres(url, { connections: 2, timeoutMs: LEASE_TIMEOUT_MS });
  const member = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  return {
    events: new postgres.PostgresEventStore<Omit<ServerEvent, 'seq'>, OpenStay>(database),
    pictures: new postgres.PostgresEventPictures(database),
    deliveries: new postgres.PostgresDeliveries(database),
    cameras: new postgres.PostgresCameras(database),
    leases: new postgres.PostgresLeases(leases, member, LEASE_MS),
    [Symbol.asyncDispose]: async () => {
      await leases[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};
