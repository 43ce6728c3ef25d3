import {
  SourceError,
  messageOf,
  type Frame,
  type FrameSource,
  type ImageCodec,
  type SourceInfo,
} from '@fr-stream/core';
import { listPhotos, type PhotoError, type PhotoList } from './photos/photo-list.js';

export interface PhotoSetOptions {
  readonly codec: ImageCodec;
  /** Larger photos are scaled down while they are decoded. Default 24 million pixels. */
  readonly maxPixels?: number;
  /** Lower-case, with the dot. Files that are named singly are read whatever their extension. */
  readonly extensions?: readonly string[];
  /** Called for each photo that cannot be read; the set goes on with the next. */
  readonly onError?: (path: string, error: SourceError) => void;
}

/** Folders, archives, files and patterns of photos as a source of frames. */
export interface PhotoSource extends FrameSource {
  /** The photos that could not be read, the first {@link MOST_PHOTO_ERRORS} of them. */
  readonly errors: readonly PhotoError[];
  /** All of them. */
  readonly failed: number;
  /** The files, in the order of their frames. */
  paths(): Promise<readonly string[]>;
}

export const MOST_PHOTO_ERRORS = 1000;

/**
 * Decodes the photos of folders (with all that is below them), archives, files and glob patterns, one at a time, in
 * the order of `listPhotos`. Links to folders are followed, each real file is read once, so loops end.
 *
 * A photo that cannot be read takes no frame: it is told to `onError` and kept in `errors`, and its number in the
 * sequence stays unused, so that a frame's index is its photo's place in `paths()`.
 */
export function photoSet(input: string | readonly string[], options: PhotoSetOptions): PhotoSource {
  return new PhotoSet(typeof input === 'string' ? [input] : input, options);
}

class PhotoSet implements PhotoSource {
  readonly live = false;
  readonly dropped = 0;
  readonly errors: PhotoError[] = [];
  #inputs: readonly string[];
  #options: PhotoSetOptions;
  #list: Promise<PhotoList> | undefined;
  #failed = 0;
  #disposed = false;
  #started = false;

  constructor(inputs: readonly string[], options: PhotoSetOptions) {
    this.#inputs = inputs;
    this.#options = options;
  }

  get failed(): number {
    return this.#failed;
  }

  async paths(): Promise<readonly string[]> {
    return (await this.#photos()).paths;
  }

  #photos(): Promise<PhotoList> {
    const { extensions } = this.#options;
    this.#list ??= listPhotos(this.#inputs, extensions === undefined ? {} : { extensions });
    return this.#list;
  }

  async info(): Promise<SourceInfo> {
    const paths = await this.paths();
    return { source: this.#inputs.join(', '), frameCount: paths.length, hasAudio: false };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    if (this.#started) throw new SourceError('INTERNAL', 'frames() of a photo set may be called only once');
    this.#started = true;
    const { codec, maxPixels = 24_000_000, onError } = this.#options;
    const { problems, entries } = await this.#photos();
    const fail = (path: string, thrown: unknown): void => {
      const error = SourceError.isInstance(thrown)
        ? thrown
        : new SourceError('INPUT_UNREADABLE', `${path}: ${messageOf(thrown)}`, { cause: thrown });
      this.#failed++;
      if (this.errors.length < MOST_PHOTO_ERRORS) this.errors.push({ path, error });
      onError?.(path, error);
    };
    for (const { path, error } of problems) fail(path, error);
    let index = -1;
    for await (const { path, read } of entries()) {
      if (signal?.aborted || this.#disposed) return;
      index++;
      try {
        const { image } = await codec.decode(await read(), { maxPixels }, path);
        yield { image, timeMs: 0, index, source: path, [Symbol.dispose]: () => undefined };
      } catch (thrown) {
        fail(path, thrown);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
  }
}
