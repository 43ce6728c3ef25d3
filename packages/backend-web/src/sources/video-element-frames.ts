import { SourceError, type Frame, type FrameSource, type Image, type SourceInfo } from '@fr-stream/core';
import { PixelReader } from '../pictures/decode-image.js';
import { frameOf, FrameReader, turnOf } from '../pictures/frame-reader.js';
import { fitWithin } from './fit-within.js';
import { webFrame } from './web-frame.js';

export interface VideoElementFramesOptions {
  /** Frames are scaled down to at most so many pixels on the longer side. Default 1280. */
  readonly maxSide?: number;
  /** Names the source. Default: the element's address. */
  readonly name?: string;
}

/**
 * The frames that a `<video>` shows, a webcam's among them, through `requestVideoFrameCallback`. The element goes on
 * playing whatever the consumer does: it always gets the newest frame, and those it missed are counted.
 */
export class VideoElementFrames implements FrameSource {
  readonly live = true;
  readonly #video: HTMLVideoElement;
  readonly #maxSide: number;
  readonly #name: string;
  readonly #reader = new PixelReader();
  readonly #copier = new FrameReader();
  #dropped = 0;

  /** Takes no ownership of the element. */
  constructor(video: HTMLVideoElement, options: VideoElementFramesOptions = {}) {
    this.#video = video;
    this.#maxSide = options.maxSide ?? 1280;
    this.#name = options.name ?? video.currentSrc;
  }

  get dropped(): number {
    return this.#dropped;
  }

  async info(): Promise<SourceInfo> {
    await this.#ready();
    const { videoWidth, videoHeight, duration } = this.#video;
    return {
      source: this.#name,
      ...fitWithin(videoWidth, videoHeight, this.#maxSide),
      ...(Number.isFinite(duration) && { durationMs: duration * 1000 }),
    };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    await this.#ready();
    let presented: number | undefined;
    let first: number | undefined;
    for (let index = 0; ; index++) {
      const shown = await this.#next(signal);
      if (shown === undefined) return;
      if (presented !== undefined) {
        const missed = Math.max(0, shown.presentedFrames - presented - 1);
        this.#dropped += missed;
        index += missed;
      }
      presented = shown.presentedFrames;
      // Of a camera the element's own clock may start anywhere.
      first ??= this.#video.srcObject === null ? 0 : shown.mediaTime;
      const { width, height } = fitWithin(this.#video.videoWidth, this.#video.videoHeight, this.#maxSide);
      const image = await this.#read(width, height);
      yield webFrame(image, Math.max(0, (shown.mediaTime - first) * 1000), index, this.#name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }

  /** Copied rather than drawn, where the browser can: see {@link FrameReader}. */
  async #read(width: number, height: number): Promise<Image> {
    const frame = frameOf(this.#video);
    try {
      const image = frame && (await this.#copier.read(frame, width, height, turnOf(frame)));
      // The video may show the next frame by now; the one that was meant does not change.
      return image ?? this.#reader.read(frame ?? this.#video, width, height);
    } finally {
      frame?.close();
    }
  }

  /** The next frame that is shown; undefined at the end. */
  #next(signal: AbortSignal | undefined): Promise<VideoFrameCallbackMetadata | undefined> {
    const video = this.#video;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true || video.ended) {
        resolve(undefined);
        return;
      }
      const settle = (action: () => void) => (): void => {
        video.cancelVideoFrameCallback(handle);
        video.removeEventListener('ended', end);
        video.removeEventListener('error', fail);
        signal?.removeEventListener('abort', end);
        action();
      };
      const end = settle(() => resolve(undefined));
      const fail = settle(() => reject(broken(this.#name, video.error)));
      const handle = video.requestVideoFrameCallback((_now, metadata) => settle(() => resolve(metadata))());
      video.addEventListener('ended', end, { once: true });
      video.addEventListener('error', fail, { once: true });
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  #ready(): Promise<void> {
    const video = this.#video;
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA && video.videoWidth > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      video.addEventListener('loadedmetadata', () => resolve(), { once: true });
      video.addEventListener('error', () => reject(broken(this.#name, video.error)), { once: true });
    });
  }
}

function broken(name: string, error: MediaError | null): SourceError {
  return new SourceError(
    'INPUT_UNSUPPORTED',
    `The browser cannot play ${name}: ${error?.message ?? 'no reason given'}`,
    {
      hint: 'Use an MP4 (H.264) or WebM video.',
    },
  );
}
