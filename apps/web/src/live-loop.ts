import type { AnalyzedFrame, RemoteFaceEngine } from '@fr-stream/backend-web';

/** Frames are analysed at no more pixels than this on the longer side. */
const MOST_SIDE = 1280;

/**
 * Follows a playing `<video>`: whenever the engine is free it gets the newest frame, and those that were shown
 * meanwhile are dropped and counted, so that names never lag behind the picture.
 */
export class LiveLoop {
  readonly #video: HTMLVideoElement;
  readonly #engine: RemoteFaceEngine;
  readonly #source: string;
  readonly #onFrame: (frame: AnalyzedFrame) => void;
  readonly #onError: (error: unknown) => void;
  #handle: number | undefined;
  #busy = false;
  #stopped = false;
  #index = 0;
  #presented = 0;
  #dropped = 0;
  #firstTime: number | undefined;

  constructor(
    video: HTMLVideoElement,
    engine: RemoteFaceEngine,
    source: string,
    onFrame: (frame: AnalyzedFrame) => void,
    onError: (error: unknown) => void,
  ) {
    this.#video = video;
    this.#engine = engine;
    this.#source = source;
    this.#onFrame = onFrame;
    this.#onError = onError;
    this.#wait();
  }

  get dropped(): number {
    return this.#dropped;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#handle !== undefined) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  /** After a jump the frame counter and the tracks start anew. */
  async jumped(): Promise<void> {
    await this.#engine.begin('video');
  }

  #wait(): void {
    this.#handle = this.#video.requestVideoFrameCallback((_now, metadata) => {
      if (this.#stopped) return;
      this.#wait();
      const missed = this.#presented === 0 ? 0 : Math.max(0, metadata.presentedFrames - this.#presented - 1);
      this.#presented = metadata.presentedFrames;
      this.#index += missed + 1;
      this.#dropped += missed;
      if (this.#busy) {
        this.#dropped++;
        return;
      }
      this.#busy = true;
      this.#analyze(metadata.mediaTime * 1000)
        .catch((error: unknown) => {
          if (!this.#stopped) this.#onError(error);
        })
        .finally(() => {
          this.#busy = false;
        });
    });
  }

  async #analyze(mediaMs: number): Promise<void> {
    const { videoWidth, videoHeight, srcObject } = this.#video;
    this.#firstTime ??= srcObject === null ? 0 : mediaMs;
    const scale = Math.min(1, MOST_SIDE / Math.max(videoWidth, videoHeight));
    const picture = await createImageBitmap(this.#video, {
      resizeWidth: Math.round(videoWidth * scale),
      resizeHeight: Math.round(videoHeight * scale),
      resizeQuality: 'medium',
    });
    const timeMs = Math.max(0, mediaMs - this.#firstTime);
    const frame = await this.#engine.analyze(picture, {
      timeMs,
      index: this.#index - 1,
      source: this.#source,
    });
    if (!this.#stopped) this.#onFrame(frame);
  }
}
