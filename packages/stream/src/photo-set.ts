import { realpath, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import {
  SourceError,
  messageOf,
  type Frame,
  type FrameSource,
  type ImageCodec,
  type SourceInfo,
} from '@fr-stream/core';
import { glob } from 'tinyglobby';

export interface PhotoSetOptions {
  readonly codec: ImageCodec;
  /** Larger photos are scaled down while they are decoded. Default 24 million pixels. */
  readonly maxPixels?: number;
  /** Lower-case, with the dot. Files that are named singly are read whatever their extension. */
  readonly extensions?: readonly string[];
  /** Called for each photo that cannot be read; the set goes on with the next. */
  readonly onError?: (path: string, error: SourceError) => void;
}

/** Folders, files and patterns of photos as a source of frames. */
export interface PhotoSource extends FrameSource {
  /** The photos that could not be read, the first {@link MOST_PHOTO_ERRORS} of them. */
  readonly errors: readonly PhotoError[];
  /** All of them. */
  readonly failed: number;
  /** The files, in the order of their frames. */
  paths(): Promise<readonly string[]>;
}

export interface PhotoError {
  readonly path: string;
  readonly error: SourceError;
}

export const MOST_PHOTO_ERRORS = 1000;

export const PHOTO_EXTENSIONS: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.avif',
  '.tif',
  '.tiff',
  '.gif',
  '.heic',
  '.heif',
];

/**
 * Decodes the photos of folders (with all that is below them), files and glob patterns, one at a time, in the order
 * of their paths by code point. Links to folders are followed, each real file is read once, so loops end.
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
  #paths: Promise<readonly string[]> | undefined;
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

  paths(): Promise<readonly string[]> {
    this.#paths ??= listPhotos(this.#inputs, this.#options.extensions ?? PHOTO_EXTENSIONS);
    return this.#paths;
  }

  async info(): Promise<SourceInfo> {
    const paths = await this.paths();
    return { source: this.#inputs.join(', '), frameCount: paths.length, hasAudio: false };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    if (this.#started) throw new SourceError('INTERNAL', 'frames() of a photo set may be called only once');
    this.#started = true;
    const { codec, maxPixels = 24_000_000, onError } = this.#options;
    for (const [index, path] of (await this.paths()).entries()) {
      if (signal?.aborted || this.#disposed) return;
      try {
        const { image } = await codec.decode(path, { maxPixels });
        yield { image, timeMs: 0, index, source: path, [Symbol.dispose]: () => undefined };
      } catch (thrown) {
        const error =
          thrown instanceof SourceError
            ? thrown
            : new SourceError('INPUT_UNREADABLE', `${path}: ${messageOf(thrown)}`, { cause: thrown });
        this.#failed++;
        if (this.errors.length < MOST_PHOTO_ERRORS) this.errors.push({ path, error });
        onError?.(path, error);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
  }
}

/**
 * @throws SourceError (INPUT_NOT_FOUND) for a named file or folder that does not exist, or when nothing is found.
 */
async function listPhotos(
  inputs: readonly string[],
  extensions: readonly string[],
): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const input of inputs) {
    for (const path of await expand(input, extensions)) {
      // Two ways to one file, by links or by overlapping inputs, count once, under the name that sorts first.
      const real = await realpath(path).catch(() => path);
      const known = found.get(real);
      if (known === undefined || path < known) found.set(real, path);
    }
  }
  if (found.size === 0) {
    throw new SourceError('INPUT_NOT_FOUND', `${inputs.join(', ')}: it holds no photos`, {
      hint: `Photos end in ${extensions.join(' ')}; name a file itself to read it whatever it is called.`,
    });
  }
  return [...found.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

async function expand(input: string, extensions: readonly string[]): Promise<readonly string[]> {
  const facts = await stat(input).catch(() => undefined);
  if (facts?.isFile()) return [input];
  if (facts?.isDirectory()) return (await walk(input, '**/*')).filter((path) => isPhoto(path, extensions));
  if (facts) {
    throw new SourceError('INPUT_UNSUPPORTED', `${input}: it is neither a file nor a folder`, {
      hint: 'Name a photo, a folder of photos, or a pattern such as "photos/**/*.jpg".',
    });
  }
  if (/[*?[\]{}]/.test(input)) return (await walk('.', input)).filter((path) => isPhoto(path, extensions));
  throw new SourceError('INPUT_NOT_FOUND', `${input}: it does not exist`, {
    hint: 'Check the spelling and the folder.',
  });
}

function isPhoto(path: string, extensions: readonly string[]): boolean {
  return extensions.includes(extname(path).toLowerCase());
}

async function walk(folder: string, pattern: string): Promise<readonly string[]> {
  // The depth limit ends loops of links; real files are told apart afterwards.
  const names = await glob(pattern, {
    cwd: folder,
    deep: 40,
    onlyFiles: true,
    followSymbolicLinks: true,
    expandDirectories: false,
  });
  return names.map((name) => (folder === '.' ? name : resolve(folder, name)));
}
