import { join } from 'node:path';
import { plainVault } from '@fr-stream/backend-node';
import { describe, expect, it } from 'vitest';
import { openShared } from '../../cli/src/compose/open-shared.js';
import {
  NOT_INSTALLED,
  postgresInstalled,
  startPostgres,
} from '../../postgres/test/support/postgres-server.js';
import { CameraStore } from '../src/cameras/camera-store.js';
import { cameraSchema } from '../src/config/schema.js';
import { PictureStore } from '../src/events/picture-store.js';
import { ulid } from '../src/ids.js';
import { moveEvents } from '../src/share/move-events.js';
import type { SharedStores } from '../src/share/stores.js';
import { EventStore } from '../src/store/event-store.js';
import { openServerDatabase } from '../src/store/server-database.js';
import { removeFolder, tempFolder } from './support/compose.js';

const COUNT = 450;

describe.skipIf(!postgresInstalled)(
  postgresInstalled ? 'a server that shares a database from now on' : NOT_INSTALLED,
  () => {
    it('takes its events, their pictures and its cameras along, each once, also when it is cut off meanwhile', async () => {
      const folder = await tempFolder();
      await using postgres = await startPostgres();
      await using shared = await openShared(postgres.url('moved'));
      const database = await openServerDatabase(join(folder, 'server.db'));
      const own = {
        events: new EventStore(database, plainVault),
        pictures: new PictureStore(join(folder, 'snapshots'), plainVault),
        cameras: new CameraStore(database, plainVault),
        galleries: ['home'],
      };
      const ids: string[] = [];
      for (let i = 0; i < COUNT; i++) {
        const event = {
          schema: 'fr-stream/event@1' as const,
          id: ulid(),
          type: 'stranger.appeared' as const,
          at: new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString(),
          gallery: 'home',
          camera: 'yard',
          label: `unknown-${i}`,
        };
        ids.push(event.id);
        own.events.insert(event);
        if (i % 100 === 0)
          await own.pictures.write(event.id, event.at, 'snapshot', Buffer.from(`picture ${i}`));
      }
      own.cameras.put('yard', 'home', {
        settings: cameraSchema.parse({ url: 'rtsp://203.0.113.5/live', gallery: 'home' }),
        confined: true,
      });

      let left = 230;
      const cutOff: SharedStores = {
        ...shared,
        events: Object.assign(Object.create(shared.events) as SharedStores['events'], {
          insert: (...args: Parameters<SharedStores['events']['insert']>) =>
            left-- > 0 ? shared.events.insert(...args) : Promise.reject(new Error('cut off')),
        }),
      };
      await expect(moveEvents(own, cutOff)).rejects.toThrow('cut off');
      // The first page had been moved whole, of the second a part.
      expect(await moveEvents(own, shared)).toBe(COUNT - 200);

      const there = [];
      for (let after = 0; ;) {
        const page = await shared.events.query({ galleries: ['home'], after, limit: 500 });
        if (page.length === 0) break;
        there.push(...page);
        after = page.at(-1)?.seq ?? Infinity;
      }
      expect(there.map(({ id }) => id)).toEqual(ids);
      expect(there[449]).toMatchObject({ label: 'unknown-449', at: '2026-01-01T00:07:29.000Z' });
      const [first] = there;
      const picture = await shared.pictures.read(first?.id ?? '', first?.at ?? '', 'snapshot');
      expect(Buffer.from(picture ?? []).toString()).toBe('picture 0');
      const cameras = await shared.cameras.all();
      expect([...cameras.keys()]).toEqual(['yard']);
      // Who named it may not name any address, there too.
      expect(cameras.get('yard')).toMatchObject({
        confined: true,
        settings: { url: 'rtsp://203.0.113.5/live' },
      });
      expect(own.events.query({ galleries: ['home'], limit: 10 })).toEqual([]);
      expect(own.cameras.all().size).toBe(0);
      expect(await moveEvents(own, shared)).toBe(0);
      database.close();
      await removeFolder(folder);
    });
  },
);
