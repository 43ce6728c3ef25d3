import { Observable } from 'rxjs';
import type { Face } from '../contracts/face.js';
import type { Frame, FrameSource } from '../contracts/frame.js';
import { FrStreamError } from '../errors.js';
import type { FrameFaces } from './item.js';

export interface FromSourceOptions {
  /**
   * Frames that may live at once between the source and the end of the pipeline, >= 1. The next frame is pulled
   * only when one of them has been disposed. Default 4.
   */
  readonly inFlight?: number;
  /** Ends the stream (it completes, so that sinks are closed properly). */
  readonly signal?: AbortSignal;
}

/** A counter that waits at zero. */
class Credits {
  #free: number;
  #waiting: (() => void) | undefined;

  constructor(free: number) {
    this.#free = free;
  }

  async take(): Promise<void> {
    while (this.#free === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    this.#free--;
  }

  give(): void {
    this.#free++;
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** A frame that gives its credit back when it is disposed. */
function creditedFrame(frame: Frame, onDispose: (credited: Frame) => void): Frame {
  let disposed = false;
  const credited: Frame = {
    image: frame.image,
    timeMs: frame.timeMs,
    index: frame.index,
    source: frame.source,
    [Symbol.dispose]: () => {
      if (disposed) return;
      disposed = true;
      frame[Symbol.dispose]();
      onDispose(credited);
    },
  };
  return credited;
}

/**
 * Starts a pipeline: pulls frames from a source while fewer than `inFlight` of them are alive, and emits them in
 * order. RxJS pushes without back-pressure; the credits are what bounds memory, whatever comes behind.
 *
 * Unsubscribing stops the source and disposes the frames that are still alive. Cold; the source can be read once.
 */
export function fromSource(
  source: FrameSource,
  options: FromSourceOptions = {},
): Observable<FrameFaces<Face>> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const stop = (): void => abort.abort(options.signal?.reason);
    if (options.signal?.aborted === true) stop();
    options.signal?.addEventListener('abort', stop, { once: true });
    const credits = new Credits(Math.max(1, options.inFlight ?? 4));
    const alive = new Set<Frame>();

    const pull = async (): Promise<void> => {
      const frames = source.frames(abort.signal)[Symbol.asyncIterator]();
      try {
        for (;;) {
          await credits.take();
          if (abort.signal.aborted) break;
          const next = await frames.next();
          if (next.done === true) break;
          if (abort.signal.aborted) {
            next.value[Symbol.dispose]();
            break;
          }
          const frame = creditedFrame(next.value, (disposed) => {
            alive.delete(disposed);
            credits.give();
          });
          alive.add(frame);
          subscriber.next({ frame, faces: [], evaluated: false });
        }
      } finally {
        await frames.return?.();
      }
    };

    let finished = false;
    pull().then(
      () => {
        finished = true;
        subscriber.complete();
      },
      (error: unknown) => {
        finished = true;
        // Breaking off on request is a proper end.
        if (abort.signal.aborted && !(error instanceof FrStreamError && error.code !== 'ABORTED')) {
          subscriber.complete();
        } else {
          subscriber.error(error);
        }
      },
    );
    return () => {
      options.signal?.removeEventListener('abort', stop);
      // After completion the last frames are still on their way to the sinks and belong to them.
      if (finished) return;
      stop();
      for (const frame of [...alive]) frame[Symbol.dispose]();
    };
  });
}
