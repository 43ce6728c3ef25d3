import type { EventHub } from '../events/hub.js';
import type { SharedStores } from './stores.js';

/** A notice may be lost with a connection: events are asked for so often, too. */
const ASK_MS = 2000;
const PAGE = 500;

/**
 * Tells this server's hub of each event that any server keeps, in order, from now on.
 * @returns stops it.
 */
export async function hearEvents(
  events: SharedStores['events'],
  galleries: readonly string[],
  hub: Pick<EventHub, 'emit'>,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let seq = 0;
  let [again, ended] = [false, false];
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    while (again && !ended) {
      again = false;
      for (;;) {
        const page = await events.query({ galleries, after: seq, limit: PAGE });
        for (const event of page) {
          seq = event.seq;
          hub.emit(event);
        }
        if (page.length < PAGE) break;
      }
    }
  };
  const wake = (): void => {
    again = true;
    reading ??= read()
      .catch(onError)
      .finally(() => {
        reading = undefined;
      });
  };
  const stop = await events.listen(wake);
  seq = await events.lastSeq();
  const asking = setInterval(wake, ASK_MS);
  return async () => {
    ended = true;
    clearInterval(asking);
    await stop();
    await reading;
  };
}
