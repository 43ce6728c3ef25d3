import type { ServerEvent } from '../events/event.js';
import type { EventHub } from '../events/hub.js';
import type { EventLog } from '../share/stores.js';
import type { EventQuery } from '../store/event-store.js';

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
  readonly events: Pick<EventLog, 'query'>;
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
  const follow = (): void => {
    const stop = hub.listen((event) => {
      if (wanted(event)) reader.push(event);
    });
    reader.gone.addEventListener('abort', stop, { once: true });
  };
  let from = after;
  while (!reader.gone.aborted) {
    if (from === undefined) return follow();
    // What is kept while a page is read may not be on it.
    const heard: ServerEvent[] = [];
    const stop = hub.listen((event) => void heard.push(event));
    const page = await Promise.resolve(events.query({ ...query, after: from, limit: PAGE })).finally(stop);
    const last: number | undefined = page.at(-1)?.seq;
    if (last === undefined) {
      const { aborted } = reader.gone;
      if (aborted) return;
      for (const event of heard) if (event.seq > from && wanted(event)) reader.push(event);
      return follow();
    }
    for (const event of page) {
      await reader.send(event);
      if (reader.gone.aborted) return;
    }
    from = last;
  }
}
