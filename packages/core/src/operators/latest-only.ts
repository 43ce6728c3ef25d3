import type { Frame, FrameSource, SourceInfo } from '../contracts/frame.js';
import { ABORTED, untilAborted } from './until-aborted.js';

/** Frames that are alive here while the consumer has its own: the one in the slot, and the one that pushes it out. */
const OWN = 2;

/**
 * Wraps a live source so that a slow consumer always gets the newest frame: the source is read as fast as it
 * delivers into a slot for one frame; a frame that is still there when the next arrives is disposed and counted.
 */
export class LatestOnly implements FrameSource {
  readonly live = true;
  readonly #source: FrameSource;
  #dropped = 0;

  /** Takes ownership of the source. */
  constructor(source: FrameSource) {
    this.#source = source;
  }

  get dropped(): number {
    return this.#dropped + this.#source.dropped;
  }

  info(): Promise<SourceInfo> {
    return this.#source.info();
  }

  reserve(frames: number): void {
    this.#source.reserve?.(frames + OWN);
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    if (signal?.aborted === true) return;
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    let slot: Frame | undefined;
    let ended = false;
    let failure: { readonly error: unknown } | undefined;
    let wake: (() => void) | undefined;

    const read = async (): Promise<void> => {
      try {
        for await (const frame of this.#source.frames(abort.signal)) {
          if (abort.signal.aborted) {
            frame[Symbol.dispose]();
            break;
          }
          if (slot !== undefined) {
            slot[Symbol.dispose]();
            this.#dropped++;
          }
          slot = frame;
          wake?.();
        }
      } catch (error) {
        failure = { error };
      }
      ended = true;
      wake?.();
    };
    const reading = read();
    // Read through functions: the reader above changes these between one await and the next.
    const take = (): Frame | undefined => {
      const frame = slot;
      slot = undefined;
      return frame;
    };
    const broken = (): typeof failure => (abort.signal.aborted ? undefined : failure);
    try {
      while (!abort.signal.aborted) {
        const frame = take();
        if (frame !== undefined) {
          yield frame;
        } else if (ended) {
          break;
        } else {
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
          });
          if ((await untilAborted(woken, abort.signal)) === ABORTED) break;
        }
      }
      const end = broken();
      if (end !== undefined) throw end.error;
    } finally {
      signal?.removeEventListener('abort', stop);
      take()?.[Symbol.dispose]();
      // A source that waits for its next frame may do so for ever; the reader disposes that frame.
      abort.abort();
      if (ended) await reading;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }
}
