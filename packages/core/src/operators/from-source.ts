import { Observable } from 'rxjs';
import type { Face } from '../contracts/face.js';
import type { FrameSource } from '../contracts/frame.js';
import { ArgumentError } from '../errors.js';
import { FrameBudget } from './frame-budget.js';
import { FrameOwner } from './frame-owner.js';
import type { FrameFaces } from './item.js';
import { ABORTED, untilAborted } from './until-aborted.js';

export interface FromSourceOptions {
  /**
   * Frames that may be under way at once between the source and the end of the pipeline, >= 1, besides those that a
   * stage holds back (`lookAhead`): the next frame is pulled only when there is room. Default: for a live source 2, so
   * that a frame waits for no more than the one before it; else what the stages work on at once, at least 4.
   */
  readonly inFlight?: number | undefined;
  /** A budget that several sources share, instead of `inFlight`. */
  readonly budget?: FrameBudget | undefined;
  /** Ends the stream at once (it completes, so that sinks are closed properly), whatever the source waits for. */
  readonly signal?: AbortSignal | undefined;
}

function budgetFor(source: FrameSource, { inFlight, budget }: FromSourceOptions): FrameBudget {
  if (budget === undefined) return new FrameBudget(inFlight ?? (source.live ? 2 : undefined));
  if (inFlight === undefined) return budget;
  throw new ArgumentError('Give inFlight or a budget, not both.');
}

/**
 * Starts a pipeline: pulls frames from a source while the {@link FrameBudget} has room, and emits them in order.
 *
 * Each frame stays alive until it is disposed, which the end of a pipeline (`runPipeline`) does. **An operator that
 * leaves items out must dispose their frames**, or the budget is used up and the pipeline waits for ever: use
 * `filterFrames` instead of `filter`. One that holds items back until later ones come declares so (`declareFrames`).
 *
 * When the source breaks, all frames that it gave before go through the pipeline first, then the error. Unsubscribing
 * stops the source and disposes the frames that are still alive and that no stage is at work on. Cold; the source can be
 * read once.
 *
 * @throws ArgumentError
 */
export function fromSource(
  source: FrameSource,
  options: FromSourceOptions = {},
): Observable<FrameFaces<Face>> {
  const budget = budgetFor(source, options);
  return new Observable((subscriber) => {
    const { signal } = options;
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal?.reason);
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const owner = new FrameOwner(budget);
    const stopListening = budget.onLimit((limit) => source.reserve?.(limit));

    const pull = async (): Promise<void> => {
      if (abort.signal.aborted) return;
      const frames = source.frames(abort.signal)[Symbol.asyncIterator]();
      while (await budget.take(abort.signal)) {
        const pending = frames.next();
        const next = await untilAborted(pending, abort.signal).catch((error: unknown) => {
          budget.give();
          throw error;
        });
        if (next === ABORTED) {
          // The source may never answer; a frame that it still gives has nowhere to go.
          pending.then(({ done, value }) => done === true || value[Symbol.dispose](), ignore);
          budget.give();
          break;
        }
        if (next.done === true) {
          budget.give();
          return;
        }
        subscriber.next({ frame: owner.admit(next.value), faces: [], evaluated: false });
      }
      // Not awaited: a source that waits for its next frame only returns when that has come.
      frames.return?.().catch(ignore);
    };

    let finished = false;
    const finish = (end: () => void): void => {
      stopListening();
      finished = true;
      end();
    };
    pull().then(
      () => finish(() => subscriber.complete()),
      (error: unknown) =>
        finish(() => (abort.signal.aborted ? subscriber.complete() : subscriber.error(error))),
    );
    return () => {
      signal?.removeEventListener('abort', stop);
      stopListening();
      // After its end the last frames are still on their way, and belong to the stages.
      if (finished) return;
      stop();
      owner.close();
    };
  });
}

function ignore(): void {
  // What a source that was left says is of no interest.
}
