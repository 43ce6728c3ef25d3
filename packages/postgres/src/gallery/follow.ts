import type { Sql, SqlDatabase } from '../sql/database.js';

export const PEOPLE_CHANNEL = 'people';
export const REVISION_CHANNEL = 'revision';

export const channelOf = (schema: string, topic: string): string => `${schema}_${topic}`;

/** Told to those who listen when the transaction is over. */
export async function notify(sql: Sql, schema: string, topic: string, payload: string): Promise<void> {
  await sql.query('SELECT pg_notify($1, $2)', [channelOf(schema, topic), payload]);
}

/** A lost connection may have lost a notice: the version is asked for so often, too. */
const ASK_MS = 5000;

/** Calls with each notice on a topic until `signal` ends it. @returns stops listening. */
export async function onNotified(
  database: SqlDatabase,
  topic: string,
  heard: (payload: string) => void,
): Promise<() => Promise<void>> {
  return database.listen(channelOf(database.schema, topic), heard);
}

/** `GalleryStore.follow` over LISTEN and NOTIFY. */
export async function* followNotified(
  database: SqlDatabase,
  topic: string,
  version: () => Promise<number>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<number> {
  let known = since;
  let wake: () => void = () => undefined;
  let heard = false;
  if (signal.aborted) return;
  const stop = await onNotified(database, topic, () => {
    heard = true;
    wake();
  });
  const aborted = (): void => wake();
  signal.addEventListener('abort', aborted);
  try {
    while (!signal.aborted) {
      heard = false;
      const current = await version();
      if (current > known) {
        known = current;
        yield current;
        continue;
      }
      if (heard || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ASK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    await stop();
  }
}
