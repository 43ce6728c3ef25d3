import { ArgumentError } from '@fr-stream/core';

/** Where a queue is. */
export type QueueAddress =
  | { readonly kind: 'redis'; readonly url: string; readonly name: string; readonly shown: string }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly schema: string;
      readonly name: string;
      readonly shown: string;
    };

const HINT = 'redis://HOST:6379, rediss://..., or postgres://HOST/DATABASE; ?queue=NAME for one of several.';

/** @throws ArgumentError when it is no address of a queue. */
export function parseQueueUrl(text: string): QueueAddress {
  if (!URL.canParse(text)) throw new ArgumentError(`"${text}" is no address of a queue.`, { hint: HINT });
  const url = new URL(text);
  const name = url.searchParams.get('queue') ?? 'fr-stream';
  if (!/^[a-z0-9][a-z0-9_-]{0,60}$/.test(name)) {
    throw new ArgumentError(`"${name}" is no name for a queue.`, {
      hint: 'Lower-case letters, digits, - and _.',
    });
  }
  url.searchParams.delete('queue');
  const host = url.host === '' ? (url.searchParams.get('host') ?? 'localhost') : url.host;
  const shown = `${url.protocol}//${host}${url.pathname} (${name})`;
  switch (url.protocol) {
    case 'redis:':
    case 'rediss:':
      return { kind: 'redis', url: url.href, name, shown };
    case 'postgres:':
    case 'postgresql:': {
      // Of the store, which may lie in the same database.
      url.searchParams.delete('schema');
      return { kind: 'postgres', url: url.href, schema: 'fr_stream_queue', name, shown };
    }
    default:
      throw new ArgumentError(`"${url.protocol}" is no kind of queue.`, { hint: HINT });
  }
}
