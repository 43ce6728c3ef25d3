import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AesVault, plainVault } from '@fr-stream/backend-node';
import { openServerDatabase } from '@fr-stream/server';
import { EventStore } from '../src/store/event-store.js';
import { sealBodies } from '../src/store/seal-bodies.js';
import { removeFolder, tempFolder } from './support/compose.js';

/** Made by the code of before the second step: three events, of Ada and a stranger, and one open stay. */
const OLD = new URL('fixtures/server-v1.db.gz', import.meta.url);

describe('a database of an earlier version', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder, 'server.db');
    await writeFile(path, gunzipSync(await readFile(OLD)));
  });
  afterEach(() => removeFolder(folder));

  it('is brought forward with all that is in it, after a copy beside it', async () => {
    const database = await openServerDatabase(path);
    const store = new EventStore(database, plainVault);
    const events = store.query({ galleries: ['home'], limit: 10 });
    expect(events.map(({ type }) => type)).toEqual([
      'stranger.appeared',
      'person.identified',
      'person.appeared',
    ]);
    expect(events[1]?.person).toEqual({ id: 'p1', name: 'Ada' });
    expect(store.openStays()).toMatchObject([{ id: 'stay-1', person: { name: 'Ada' } }]);
    // What is asked by columns now was in the bodies then.
    expect(store.lastOfLabel('home', 'unknown-7')?.bestShot).toBe('/api/events/y/best.jpg');
    expect(store.forgetPerson('p1').map(({ type }) => type)).toEqual([
      'person.appeared',
      'person.identified',
    ]);
    database.close();
    // The copy is what the earlier version reads.
    const kept = await readFile(`${path}.v1.bak`);
    expect(kept.includes('"name":"Ada"')).toBe(true);
    expect(kept.readUInt32BE(60)).toBe(1);
    await openServerDatabase(path).then((again) => again.close());
  });

  it('is sealed when there is a key, and nothing of it stays in the file', async () => {
    const vault = new AesVault(Buffer.alloc(32, 9));
    const database = await openServerDatabase(path);
    sealBodies(database, vault);
    const [event] = new EventStore(database, vault).query({ galleries: ['home'], limit: 1, person: 'p1' });
    expect(event?.person?.name).toBe('Ada');
    database.close();
    for (const file of [path, `${path}-wal`])
      if (existsSync(file)) expect((await readFile(file)).includes('Ada')).toBe(false);
  });
});
