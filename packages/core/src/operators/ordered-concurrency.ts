import type { OperatorFunction } from 'rxjs';
import { wholeNumber } from '../options.js';
import { stage, type Kept } from './stage.js';

type Outcome<Out> = { readonly value: Out } | { readonly error: unknown };

export interface OrderedConcurrencyOptions {
  /**
   * A call starts only when the results of all but the latest so many before it are out, >= 1: what it can know of earlier
   * ones is then the same whatever the machine is busy with. Default: quick calls may overtake a slow one without a limit.
   */
  readonly lead?: number | undefined;
}

/**
 * Maps asynchronously with up to `concurrency` calls under way, and emits the results in the order of the inputs.
 *
 * Inputs that arrive while all places are taken wait; how many can wait is bounded by the source's budget (see
 * `fromSource`). An error of the source comes after the results of all that came before it; a rejection ends the stream
 * when the results before it are out, and starts no further calls. The frame of an item is kept alive while it waits,
 * is worked on, or its result waits.
 *
 * ```ts
 * numbers$.pipe(orderedConcurrency(4, async (n) => slowly(n)))
 * ```
 *
 * @param concurrency >= 1.
 * @throws ArgumentError
 */
export function orderedConcurrency<In, Out>(
  concurrency: number,
  project: (value: In, index: number) => Promise<Out>,
  { lead = Infinity }: OrderedConcurrencyOptions = {},
): OperatorFunction<In, Out> {
  wholeNumber('concurrency', concurrency, 1);
  if (lead !== Infinity) wholeNumber('lead', lead, 1);
  return stage<In, Out>({ working: concurrency }, (output) => {
    const waiting: Kept<In>[] = [];
    const results = new Map<number, Kept<Outcome<Out>>>();
    let active = 0;
    let started = 0;
    let emitted = 0;
    let ended = false;
    let failed = false;

    const emit = (): void => {
      for (;;) {
        const result = results.get(emitted);
        if (result === undefined || output.closed) return;
        results.delete(emitted);
        emitted++;
        const { value: outcome, release } = result;
        if ('error' in outcome) output.fail(outcome.error);
        else output.emit(outcome.value);
        release();
      }
    };
    const advance = (): void => {
      emit();
      while (active < concurrency && started - emitted < lead && !failed && !output.closed) {
        const next = waiting.shift();
        if (next === undefined) break;
        start(next);
      }
      if (ended && active === 0 && waiting.length === 0) output.finish();
    };
    const call = (value: In, index: number): Promise<Out> => {
      try {
        return project(value, index);
      } catch (error) {
        return Promise.reject(error as Error);
      }
    };
    const start = ({ value, release }: Kept<In>): void => {
      const index = started++;
      active++;
      const settle = (outcome: Outcome<Out>): void => {
        active--;
        if (output.closed) {
          release();
          return;
        }
        results.set(index, { value: outcome, release });
        advance();
      };
      call(value, index).then(
        (result) => settle({ value: result }),
        (error: unknown) => {
          failed = true;
          settle({ error });
        },
      );
    };

    return {
      next: (kept) => {
        waiting.push(kept);
        advance();
      },
      end: () => {
        ended = true;
        advance();
      },
      discard: () => {
        for (const { release } of waiting.splice(0)) release();
        for (const { release } of results.values()) release();
        results.clear();
      },
    };
  });
}
