import { SinkError, type Sink } from '@fr-stream/core';

export interface CollectingSink<T> extends Sink<T> {
  readonly values: readonly T[];
  readonly closed: boolean;
}

/**
 * Keeps values in memory, for tests and short runs. Frames are disposed behind its back: map items to what you need.
 * @param limit most values to hold; one more is a SinkError (OUTPUT_FAILED). Default 10,000.
 */
export function collect<T>(limit = 10_000): CollectingSink<T> {
  const values: T[] = [];
  let closed = false;
  return {
    values,
    get closed() {
      return closed;
    },
    write: async (value) => {
      if (values.length >= limit) {
        throw new SinkError('OUTPUT_FAILED', `collect() holds at most ${limit} values`, {
          hint: 'Raise the limit, or write to a file.',
        });
      }
      values.push(value);
    },
    close: async () => {
      closed = true;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
