import type { ServerEvent } from '../events/event.js';
import type { EventHub } from '../events/hub.js';
import type { EventQuery, EventStore } from '../store/event-store.js';

/** Somebody who reads events over a connection that stays open. */
export interface EventReader {
  /** Sends one; resolves when the connection takes more, or is gone. */
  send(event: ServerEvent): Promise<void>;
  /** Sends one that happens now, or cuts off who does not read. */
  push(event: ServerEvent): void;
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
}

export interface FollowOptions {
  readonly events: EventStore;
  readonly hub: EventHub;
  readonly query: Omit<EventQuery, 'after' | 'before' | 'limit'>;
  /** The same for what happens now. */
  readonly wanted: (event: ServerEvent) => boolean;
  /** Begin with what came after this one. Undefined: with what happens from now on. */
  readonly after: number | undefined;
}

const PAGE = 500;

/**
 * Tells a reader what was missed, a page at a time and no faster than it is read, then what happens, with no gap in
 * between. Resolves when the reader is up to date.
 */
export async function followEvents(
  reader: EventReader,
  { events, hub, query, wanted, after }: FollowOptions,
): Promise<void> {
  for (let from = after; from !== undefined && !reader.gone.aborted;) {
    const page = events.query({ ...query, after: from, limit: PAGE });
    for (const event of page) {
      await reader.send(event);
      if (reader.gone.aborted) return;
    }
    // Nothing is kept between an empty page and the listening: both happen in one go.
    from = page.at(-1)?.seq;
  }
  if (reader.gone.aborted) return;
  const stop = hub.listen((event) => {
    if (wanted(event)) reader.push(event);
  });
  reader.gone.addEventListener('abort', stop, { once: true });
}
