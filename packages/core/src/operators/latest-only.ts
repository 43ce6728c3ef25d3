import type { Frame, FrameSource, SourceInfo } from '../contracts/frame.js';

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

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal?.reason);
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
    let slot: Frame | undefined;
    let ended = false;
    let failure: { readonly error: unknown } | undefined;
    let wake: (() => void) | undefined;

    const read = async (): Promise<void> => {
      try {
        for await (const frame of this.#source.frames(abort.signal)) {
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
    try {
      for (;;) {
        const frame = take();
        if (frame !== undefined) {
          yield frame;
        } else if (ended) {
          break;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      abort.abort();
      await reading;
      take()?.[Symbol.dispose]();
    }
    if (failure !== undefined) throw failure.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }
}
