import type { EventStore } from '../store/event-store.js';
import type { PictureStore } from '../events/picture-store.js';
import type { CameraStore } from '../cameras/camera-store.js';
import type { SharedStores } from './stores.js';

const PAGE = 200;

/** What this server kept before it shared a database with others; each step can be done twice. */
export interface OwnStores {
  readonly events: EventStore;
  readonly pictures: PictureStore;
  readonly cameras: CameraStore;
  readonly galleries: readonly string[];
}

/** Moves events, their pictures and the API's cameras into the shared database. @returns how many events. */
export async function moveEvents(from: OwnStores, to: SharedStores): Promise<number> {
  const there = await to.cameras.all();
  for (const [id, camera] of from.cameras.all()) {
    const gallery = camera.settings.gallery ?? from.galleries[0] ?? 'main';
    if (!there.has(id)) await to.cameras.put(id, gallery, camera);
    from.cameras.remove(id);
  }
  let count = 0;
  for (;;) {
    const page = from.events.query({ galleries: from.galleries, after: 0, limit: PAGE });
    if (page.length === 0) return count;
    for (const { seq: _, ...event } of page) {
      for (const kind of ['snapshot', 'best'] as const) {
        const jpeg = await from.pictures.read(event.id, event.at, kind);
        if (jpeg !== undefined) await to.pictures.write(event.id, event.at, kind, jpeg);
      }
      await to.events.insert(event);
    }
    from.events.remove(page);
    for (const { id, at } of page) await from.pictures.remove(id, at);
    count += page.length;
  }
}
