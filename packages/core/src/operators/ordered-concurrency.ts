import { Observable, type OperatorFunction } from 'rxjs';

/**
 * Maps asynchronously with up to `concurrency` calls under way, and emits the results in the order of the inputs.
 *
 * Inputs that arrive while all places are taken wait; how many can wait is bounded by the source's credits (see
 * `fromSource`). The first rejection ends the stream with that error.
 *
 * ```ts
 * numbers$.pipe(orderedConcurrency(4, async (n) => slowly(n)))
 * ```
 */
export function orderedConcurrency<In, Out>(
  concurrency: number,
  project: (value: In, index: number) => Promise<Out>,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      const waiting: In[] = [];
      const results = new Map<number, Out>();
      let active = 0;
      let started = 0;
      let emitted = 0;
      let completed = false;

      const advance = (): void => {
        while (results.has(emitted)) {
          const result = results.get(emitted) as Out;
          results.delete(emitted);
          emitted++;
          subscriber.next(result);
        }
        while (active < concurrency && waiting.length > 0 && !subscriber.closed) {
          start(waiting.shift() as In);
        }
        if (completed && active === 0 && waiting.length === 0) subscriber.complete();
      };
      const start = (value: In): void => {
        const index = started++;
        active++;
        project(value, index).then(
          (result) => {
            active--;
            results.set(index, result);
            if (!subscriber.closed) advance();
          },
          (error: unknown) => {
            active--;
            subscriber.error(error);
          },
        );
      };

      return source.subscribe({
        next: (value) => {
          waiting.push(value);
          advance();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          completed = true;
          advance();
        },
      });
    });
}
