import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '@fr-stream/core';
import { openPostgres, PostgresEventStore, PostgresLeases, type SqlDatabase } from '@fr-stream/postgres';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
  type TestServer,
} from './support/postgres-server.js';

const event = (id: string) => ({
  ...{ id, gallery: 'home', camera: 'door', type: 'camera.lost' },
  at: '2026-05-01T00:00:00Z',
});

describe.skipIf(!postgresInstalled)(postgresInstalled ? 'leases' : NOT_INSTALLED, () => {
  let server: TestServer;
  let database: SqlDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = await openPostgres(server.url('leases'));
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const hour = (name: string) => new PostgresLeases(database, name, 3600_000);
  /** As if its holder had not been heard of for long. */
  const runOut = (name: string) =>
    database.query("UPDATE leases SET until = clock_timestamp() - interval '1 second' WHERE name = $1", [
      name,
    ]);

  it('are one holder’s each, however many claim at once', async () => {
    const names = ['c1', 'c2', 'c3'];
    const got = await Promise.all(
      Array.from({ length: 8 }, (_, i) => hour(`m${i}`).claim(i % 2 === 0 ? names : [...names].reverse())),
    );
    expect(
      got
        .flat()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names);
  });

  it('fall to another when they run out, under a larger token, and are not renewed by the old holder', async () => {
    const [a, b] = [hour('a'), hour('b')];
    const [old] = (await a.claim(['door'])) as [Lease];
    expect(await b.claim(['door'])).toEqual([]);
    expect([...(await a.renew([old]))]).toEqual(['door']);
    await runOut('door');
    expect([...(await a.renew([old]))]).toEqual([]);
    const [now] = (await b.claim(['door'])) as [Lease];
    expect(now.token).toBeGreaterThan(old.token);
    expect([...(await a.renew([old]))]).toEqual([]);
    // Its late release takes nothing from the new holder.
    await a.release(old);
    expect((await b.state()).leases).toContainEqual({ name: 'door', owner: 'b' });
  });

  it('fence what is kept: of who has lost one, nothing is', async () => {
    const [a, b] = [hour('a'), hour('b')];
    const events = new PostgresEventStore(database);
    const [old] = (await a.claim(['camera:door'])) as [Lease];
    await events.insert(event('mine'), undefined, old);
    await runOut('camera:door');
    await expect(events.insert(event('late'), undefined, old)).rejects.toMatchObject({
      code: 'GALLERY_CONFLICT',
    });
    const [now] = (await b.claim(['camera:door'])) as [Lease];
    const stay = { id: 's', camera: 'door', lastMs: 1 };
    await expect(events.insert(event('later'), stay, old)).rejects.toMatchObject({
      code: 'GALLERY_CONFLICT',
    });
    await events.insert(event('theirs'), undefined, now);
    const kept = await events.query({ galleries: ['home'], limit: 10 });
    expect(kept.map(({ id }) => id)).toEqual(['theirs', 'mine']);
    expect(await events.openStays()).toEqual([]);
  });

  it('tell who is there and what each could do', async () => {
    const [a, b] = [hour('here'), new PostgresLeases(database, 'gone', 0)];
    await a.beat(['x', 'y']);
    await b.beat(['x']);
    expect((await a.state()).members).toEqual([{ name: 'here', things: ['x', 'y'] }]);
    await a.leave();
    expect((await a.state()).members).toEqual([]);
  });
});
