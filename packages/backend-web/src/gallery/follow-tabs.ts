/** How often the database is asked all the same: browsers freeze tabs, and a message may get lost. */
const FOLLOW_MS = 2000;

const channelName = (database: string): string => `fr-stream:${database}`;

/** Tells other tabs, and other workers of this page, that a database has changed. */
export function tellTabs(database: string): void {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(channelName(database));
  channel.postMessage('changed');
  channel.close();
}

/**
 * Gives the version of a database each time it has grown: at once when a tab tells so, and now and then without.
 * @param version asked each time.
 * @param signal ends it, without an error.
 */
export async function* followTabs(
  database: string,
  version: () => Promise<number>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<number> {
  const channel =
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(channelName(database));
  let told = false;
  let wake = (): void => undefined;
  const onChange = (): void => {
    told = true;
    wake();
  };
  channel?.addEventListener('message', onChange);
  signal.addEventListener('abort', onChange);
  try {
    let known = since;
    while (!signal.aborted) {
      told = false;
      const current = await version();
      if (current > known) {
        known = current;
        yield current;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, FOLLOW_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        // Between the answer and here.
        if (told || signal.aborted) wake();
      });
    }
  } finally {
    channel?.close();
    signal.removeEventListener('abort', onChange);
  }
}
