import type { Lease } from '@fr-stream/core';
import { ulid } from '../ids.js';
import type { EventLog, Pictures } from '../share/stores.js';
import type { OpenStay } from '../store/event-store.js';
import type { EventDraft, ServerEvent } from './event.js';
import type { EventHub } from './hub.js';

/** Keeps each event (its pictures first, so that no link is ever dead), then tells the world. */
export class EventRecorder {
  readonly #store: EventLog;
  readonly #pictures: Pictures;
  readonly #hub: Pick<EventHub, 'emit'> | undefined;

  /** @param hub undefined: whoever hears of what all servers keep tells of these too. */
  constructor(store: EventLog, pictures: Pictures, hub: Pick<EventHub, 'emit'> | undefined) {
    this.#store = store;
    this.#pictures = pictures;
    this.#hub = hub;
  }

  /** @param fence the lease under which it happened. */
  async record(
    draft: EventDraft,
    stay?: OpenStay | { readonly ended: string },
    fence?: Lease,
  ): Promise<ServerEvent> {
    const { pictures, ...told } = draft;
    const id = ulid(Date.parse(draft.at));
    if (pictures?.snapshot) await this.#pictures.write(id, draft.at, 'snapshot', pictures.snapshot);
    if (pictures?.bestShot) await this.#pictures.write(id, draft.at, 'best', pictures.bestShot);
    const event = await this.#store.insert(
      {
        schema: 'fr-stream/event@1',
        id,
        ...told,
        ...(pictures?.snapshot && { snapshot: `/api/events/${id}/snapshot.jpg` }),
        ...(pictures?.bestShot && { bestShot: `/api/events/${id}/best.jpg` }),
      },
      stay,
      fence,
    );
    this.#hub?.emit(event);
    return event;
  }

  /** Tells the end of the stays that a server which did not end by itself left open. */
  async closeOpenStays(reason: string, camera?: string, fence?: Lease): Promise<void> {
    for (const stay of await this.#store.openStays(camera)) {
      await this.record(
        {
          type: stay.stranger === true ? 'stranger.left' : 'person.left',
          at: new Date(stay.lastMs).toISOString(),
          since: new Date(stay.sinceMs).toISOString(),
          gallery: stay.gallery,
          camera: stay.camera,
          track: stay.track,
          stay: stay.id,
          ...(stay.person && { person: stay.person }),
          ...(stay.label !== undefined && { label: stay.label }),
          ...(stay.score !== undefined && { score: stay.score }),
          reason,
        },
        { ended: stay.id },
        fence,
      );
    }
  }

  /** Removes events and pictures from before then. */
  async prune(beforeMs: number): Promise<number> {
    let count = 0;
    for (;;) {
      const gone = await this.#store.prune(beforeMs);
      if (gone.length === 0) return count;
      count += gone.length;
      for (const { id, at } of gone) await this.#pictures.remove(id, at);
    }
  }

  /** Takes a person's name and pictures out of what happened. */
  async forgetPerson(personId: string): Promise<void> {
    for (const { id, at } of await this.#store.forgetPerson(personId)) await this.#pictures.remove(id, at);
  }
}
