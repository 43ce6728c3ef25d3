import { SourceError, type Frame, type FrameSource, type SourceInfo } from '@fr-stream/core';
import { decodeBlob } from '../pictures/decode-image.js';
import { webFrame } from './web-frame.js';

export interface PhotoFramesOptions {
  /** Larger photos are scaled down. Default 16 million. */
  readonly maxPixels?: number;
  /** Told of each file that cannot be decoded; the others go on. */
  readonly onError?: (error: SourceError) => void;
}

/** Photo files one after the other, each a frame. */
export class PhotoFrames implements FrameSource {
  readonly live = false;
  readonly dropped = 0;
  readonly #files: readonly File[];
  readonly #options: PhotoFramesOptions;

  constructor(files: readonly File[], options: PhotoFramesOptions = {}) {
    this.#files = files;
    this.#options = options;
  }

  info(): Promise<SourceInfo> {
    const [first, ...others] = this.#files;
    return Promise.resolve({
      source: first !== undefined && others.length === 0 ? first.name : `${this.#files.length} photos`,
      frameCount: this.#files.length,
    });
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    for (const [index, file] of this.#files.entries()) {
      if (signal?.aborted === true) return;
      try {
        const { image } = await decodeBlob(file, file.name, this.#options.maxPixels ?? 16e6);
        yield webFrame(image, 0, index, file.name);
      } catch (error) {
        if (!SourceError.isInstance(error) || this.#options.onError === undefined) throw error;
        this.#options.onError(error);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }
}
