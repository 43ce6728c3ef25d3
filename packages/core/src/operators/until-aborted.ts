/** What {@link untilAborted} gives when the signal was first. */
export const ABORTED = Symbol('aborted');

/**
 * A promise's outcome, or {@link ABORTED} as soon as the signal aborts: whoever waits for something that may never come
 * goes on. Nothing is left behind on the signal, so that it may live as long as the process.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | typeof ABORTED> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(ABORTED);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const done = (): void => signal.removeEventListener('abort', stop);
    promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error as Error);
      },
    );
  });
}
