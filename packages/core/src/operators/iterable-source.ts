import type { Observable } from 'rxjs';
import type { Face } from '../contracts/face.js';
import type { Frame, FrameSource, SourceInfo } from '../contracts/frame.js';
import type { Image } from '../contracts/image.js';
import { ArgumentError, SourceError } from '../errors.js';
import { fromSource, type FromSourceOptions } from './from-source.js';
import type { FrameFaces } from './item.js';
import { ABORTED, untilAborted } from './until-aborted.js';

/** A picture with what is known of it; what is missing is counted or taken from `fps`. */
export interface IterableFrame {
  readonly image: Image;
  /** Default: by `fps` and the number of pictures before. */
  readonly timeMs?: number;
  /** Called once when nobody needs the pixels any more. */
  readonly release?: () => void;
}

export interface IterableSourceOptions {
  /** Names the source in frames and errors. Default `iterable`. */
  readonly name?: string | undefined;
  /** For pictures that come without a time, > 0. Default 25. */
  readonly fps?: number | undefined;
  /** True where the world does not wait for slow consumers. Default false. */
  readonly live?: boolean | undefined;
}

type Picture = Image | IterableFrame | Frame;

/** Anything that yields pictures, as a source of frames: a generator, a stream of another library, a camera's SDK. */
export class IterableSource implements FrameSource {
  readonly live: boolean;
  readonly dropped = 0;
  readonly #pictures: AsyncIterable<Picture> | Iterable<Picture>;
  readonly #name: string;
  readonly #frameMs: number;
  readonly #abort = new AbortController();
  #started = false;

  /** @throws ArgumentError when fps is not positive. */
  constructor(pictures: AsyncIterable<Picture> | Iterable<Picture>, options: IterableSourceOptions = {}) {
    const { name = 'iterable', fps = 25, live = false } = options;
    if (!(fps > 0)) throw new ArgumentError(`fps must be a positive number, not ${String(fps)}.`);
    this.#pictures = pictures;
    this.#name = name;
    this.#frameMs = 1000 / fps;
    this.live = live;
  }

  info(): Promise<SourceInfo> {
    return Promise.resolve({ source: this.#name });
  }

  /** @throws SourceError when it is called twice, or what the iterable throws. */
  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    if (this.#started) throw new SourceError('INTERNAL', `${this.#name}: frames() may be called only once`);
    this.#started = true;
    const { signal: ended } = this.#abort;
    const stop = (): void => this.#abort.abort();
    if (signal?.aborted === true) stop();
    if (ended.aborted) return;
    signal?.addEventListener('abort', stop, { once: true });
    const iterator = iteratorOf(this.#pictures);
    let exhausted = false;
    try {
      for (let index = 0; ; index++) {
        const pending = Promise.resolve(iterator.next()).catch((error: unknown) => {
          exhausted = true;
          throw error;
        });
        const next = await untilAborted(pending, ended);
        if (next === ABORTED) {
          const drop = ({ done, value }: IteratorResult<Picture>): void => {
            if (done !== true) this.#frame(value, index)[Symbol.dispose]();
          };
          pending.then(drop, ignore);
          return;
        }
        exhausted = next.done === true;
        if (next.done === true) return;
        yield this.#frame(next.value, index);
        if (ended.aborted) return;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      // Not awaited: a generator that waits for its next picture only returns when that has come.
      if (!exhausted) void Promise.resolve(iterator.return?.()).catch(ignore);
    }
  }

  #frame(picture: Picture, index: number): Frame {
    if (Symbol.dispose in picture) return picture;
    const { image, timeMs, release }: IterableFrame = 'image' in picture ? picture : { image: picture };
    let held = true;
    return {
      image,
      timeMs: timeMs ?? index * this.#frameMs,
      index,
      source: this.#name,
      [Symbol.dispose]: () => {
        if (held) release?.();
        held = false;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await Promise.resolve();
  }
}

function iteratorOf(
  pictures: AsyncIterable<Picture> | Iterable<Picture>,
): AsyncIterator<Picture> | Iterator<Picture> {
  return Symbol.asyncIterator in pictures ? pictures[Symbol.asyncIterator]() : pictures[Symbol.iterator]();
}

function ignore(): void {
  // Of an iterable that was left.
}

/**
 * Starts a pipeline from pictures that something else yields; see {@link fromSource}. RxJS's own `from` would pull them
 * as fast as they come, and nothing would bound the memory.
 *
 * ```ts
 * async function* camera() { while (open) yield { image: await grab(), timeMs: now() }; }
 * await runPipeline(fromAsyncIterable(camera(), { live: true }).pipe(detectFaces(detector)), [sink]);
 * ```
 */
export function fromAsyncIterable(
  pictures: AsyncIterable<Picture> | Iterable<Picture>,
  options: IterableSourceOptions & FromSourceOptions = {},
): Observable<FrameFaces<Face>> {
  return fromSource(new IterableSource(pictures, options), options);
}
