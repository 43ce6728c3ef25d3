import { join } from 'node:path';
import { plainVault } from '@fr-stream/backend-node';
import { eventStoreConformance } from '@fr-stream/core/testing';
import { describe, it } from 'vitest';
import { EventStore } from '../src/store/event-store.js';
import { openServerDatabase } from '../src/store/server-database.js';
import { removeFolder, tempFolder } from './support/compose.js';

describe('the server’s store of events', () => {
  const make = async () => {
    const folder = await tempFolder();
    const database = await openServerDatabase(join(folder, 'server.db'));
    return Object.assign(new EventStore(database, plainVault), {
      [Symbol.asyncDispose]: async () => {
        database.close();
        await removeFolder(folder);
      },
    });
  };
  for (const { name, run } of eventStoreConformance(make)) it(name, run);
});
