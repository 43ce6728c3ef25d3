import type { Image } from '@fr-stream/core';
import { canvasOf, fitWithin, frameOf, FrameReader, turnOf } from '@fr-stream/backend-web/page';
import type { RemoteFaceEngine } from './connect.js';
import type { AnalyzedFrame } from './types.js';

/** As long as one frame lasts, of videos with few frames. */
const SAME_PICTURE_MS = 100;

export interface LiveAnalysisOptions {
  /** Names the source. */
  readonly source: string;
  /** @param picture the pixels that were analysed (`rgba32`), where `pictures` asks for them. */
  readonly onFrame: (frame: AnalyzedFrame, picture?: Image) => void;
  readonly onError: (error: unknown) => void;
  /** Frames are analysed at no more pixels than this on the longer side. Default 1280. */
  readonly maxSide?: number;
  /** Whether to hand the analysed pictures on, for those who show nothing that was not looked at. Default false. */
  readonly pictures?: boolean;
}

/**
 * Follows a playing `<video>` with an engine in a worker: whenever the engine is free it gets the newest frame, and
 * those that were shown meanwhile are dropped and counted, so that names never lag behind the picture. Starts at once,
 * with what is shown if the video stands still; the engine must have been told to `begin('video')`.
 */
export class LiveAnalysis {
  readonly #video: HTMLVideoElement;
  readonly #engine: RemoteFaceEngine;
  readonly #options: LiveAnalysisOptions;
  readonly #reader = new FrameReader();
  #handle: number | undefined;
  #busy = false;
  #stopped = false;
  #index = -1;
  #presented: number | undefined;
  #firstMs: number | undefined;
  #dropped = 0;
  /** Of the frame that the engine got last. */
  #lastMs = -Infinity;
  /** Of the picture that was looked at while the video stood still. */
  #lookedMs: number | undefined;
  /** It was to be looked at while the engine was busy with another. */
  #lookAgain = false;

  /** Takes no ownership of either. */
  constructor(video: HTMLVideoElement, engine: RemoteFaceEngine, options: LiveAnalysisOptions) {
    this.#video = video;
    this.#engine = engine;
    this.#options = options;
    this.#wait();
    this.look();
  }

  /** Frames that were shown and not analysed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** No callback comes after this. */
  stop(): void {
    this.#stopped = true;
    if (this.#handle !== undefined) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  /**
   * The engine was told to begin anew, because the video has jumped. Frames that come after a jump back and before this are
   * dropped: their tracks are not those of the frames before.
   */
  jumped(): void {
    this.#lastMs = -Infinity;
  }

  /** Analyses the picture of a file that stands still: nobody tells of one that is shown already. */
  look(): void {
    const { paused, readyState, currentTime, srcObject } = this.#video;
    if (this.#stopped || !paused || srcObject !== null || readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
      return;
    if (this.#busy) {
      this.#lookAgain = true;
      return;
    }
    this.#lookedMs = currentTime * 1000;
    this.#index++;
    this.#offer(this.#lookedMs);
  }

  #wait(): void {
    this.#handle = this.#video.requestVideoFrameCallback((_now, { presentedFrames, mediaTime }) => {
      if (this.#stopped) return;
      this.#wait();
      const looked = this.#lookedMs;
      this.#lookedMs = undefined;
      // The very picture that was looked at, told of late; its own time is up to a frame before that of the player.
      if (looked !== undefined && looked >= mediaTime * 1000 && looked - mediaTime * 1000 < SAME_PICTURE_MS)
        return;
      const missed = Math.max(0, presentedFrames - (this.#presented ?? presentedFrames - 1) - 1);
      this.#presented = presentedFrames;
      this.#index += missed + 1;
      this.#dropped += missed;
      this.#offer(mediaTime * 1000);
    });
  }

  /** To the engine, if it is free. */
  #offer(mediaMs: number): void {
    const { srcObject, readyState } = this.#video;
    const back = srcObject === null && mediaMs < this.#lastMs;
    // The browser may have let go of the picture by now.
    if (this.#busy || back || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.#dropped++;
      return;
    }
    this.#busy = true;
    this.#lastMs = mediaMs;
    this.#analyze(mediaMs, this.#index)
      .catch((error: unknown) => {
        if (!this.#stopped) this.#options.onError(error);
      })
      .finally(() => {
        this.#busy = false;
        if (!this.#lookAgain) return;
        this.#lookAgain = false;
        this.look();
      });
  }

  async #analyze(mediaMs: number, index: number): Promise<void> {
    const { videoWidth, videoHeight, srcObject } = this.#video;
    // A camera's clock may start anywhere.
    this.#firstMs ??= srcObject === null ? 0 : mediaMs;
    const { width, height } = fitWithin(videoWidth, videoHeight, this.#options.maxSide ?? 1280);
    const timeMs = Math.max(0, mediaMs - this.#firstMs);
    const { pictures, source, onFrame } = this.#options;
    const size = { width, height };
    const uncut = frameOf(this.#video);
    const picture = uncut ?? (await this.#bitmap(size));
    if (picture === undefined) {
      this.#dropped++;
      // Of what stands still no next one comes.
      setTimeout(() => this.look(), SAME_PICTURE_MS);
      return;
    }
    const shown = pictures === true ? await this.#pixels(picture, size) : undefined;
    const frame = await this.#engine.analyze(picture, { timeMs, index, source }, size);
    if (!this.#stopped) onFrame(frame, shown);
  }

  /** Copied rather than drawn, where the browser can: see {@link FrameReader}. */
  async #pixels(
    picture: VideoFrame | ImageBitmap,
    { width, height }: { readonly width: number; readonly height: number },
  ): Promise<Image> {
    const copied =
      'displayWidth' in picture
        ? await this.#reader.read(picture, width, height, turnOf(picture))
        : undefined;
    if (copied !== undefined) return copied;
    const { context } = canvasOf(width, height);
    context.drawImage(picture, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { format: 'rgba32', width, height, data: new Uint8Array(data.buffer) };
  }

  /** Undefined where the browser has let go of the picture meanwhile. */
  async #bitmap({
    width,
    height,
  }: {
    readonly width: number;
    readonly height: number;
  }): Promise<ImageBitmap | undefined> {
    try {
      return await createImageBitmap(this.#video, {
        resizeWidth: width,
        resizeHeight: height,
        resizeQuality: 'medium',
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'InvalidStateError') return undefined;
      throw error;
    }
  }
}
