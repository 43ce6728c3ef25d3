import { messageOf, type Frame, type FrameSource, type SourceInfo } from '@fr-stream/core';
import { videoFrames, type VideoFrameSource } from '@fr-stream/stream';
import type { CameraSettings } from '../config/schema.js';
import { hidePasswords } from './hide-passwords.js';
import type { RelayedCamera } from './relay/relay.js';
import { BackOff } from './back-off.js';

/** ffmpeg looks at a stream for five seconds before the first picture comes, unless it is told otherwise. */
const QUICK_LOOK = ['-analyzeduration', '1000000'];

export interface CameraSourceOptions {
  readonly id: string;
  readonly settings: Pick<CameraSettings, 'url' | 'maxFps' | 'maxHeight' | 'decoderThreads'>;
  /** The way to the camera; opened anew each time. */
  readonly relay: () => Promise<RelayedCamera>;
  readonly onLost: (reason: string) => void;
  readonly onBack: () => void;
  /** Milliseconds without a picture after which the camera counts as lost. Default 15,000. */
  readonly stallMs?: number;
  readonly backOff?: BackOff;
}

/**
 * A camera that is never given up: whatever ends its stream, it is opened again, after pauses that grow to half a
 * minute. Frame times go by the wall clock and never run backwards.
 */
export class CameraSource implements FrameSource {
  readonly live = true;
  readonly #options: CameraSourceOptions;
  readonly #backOff: BackOff;
  readonly #startMs = Date.now();
  #current: VideoFrameSource | undefined;
  /** Look at the stream for a moment only; the long look is for streams that need it. */
  #quick = true;
  #dropped = 0;
  #index = 0;
  #online: boolean | undefined;
  #info: SourceInfo;

  constructor(options: CameraSourceOptions) {
    this.#options = options;
    this.#backOff = options.backOff ?? new BackOff();
    this.#info = { source: options.id };
  }

  /** When `timeMs` was 0, in milliseconds since 1970. */
  get startMs(): number {
    return this.#startMs;
  }
  get dropped(): number {
    return this.#dropped + (this.#current?.dropped ?? 0);
  }
  get online(): boolean {
    return this.#online === true;
  }

  async info(): Promise<SourceInfo> {
    return this.#info;
  }

  async *frames(signal: AbortSignal = new AbortController().signal): AsyncGenerator<Frame> {
    let lastMs = -1;
    while (!signal.aborted) {
      let reason = 'the stream ended';
      let source: VideoFrameSource | undefined;
      let came = false;
      try {
        await using relay = await this.#options.relay();
        await using opened = this.#open(relay);
        source = this.#current = opened;
        this.#info = await source.info();
        for await (const frame of source.frames(signal)) {
          if (this.#online !== true) {
            this.#online = true;
            this.#options.onBack();
          }
          this.#backOff.reset();
          came = this.#quick = true;
          const { arrivedMs = performance.now() } = frame;
          // When it was there, which is before it was asked for.
          const atMs = Math.round(Date.now() - (performance.now() - arrivedMs));
          lastMs = Math.max(lastMs + 1, atMs - this.#startMs);
          yield {
            image: frame.image,
            timeMs: lastMs,
            arrivedMs,
            index: this.#index++,
            source: this.#options.id,
            ...(frame.capturedAt !== undefined && { capturedAt: frame.capturedAt }),
            [Symbol.dispose]: () => frame[Symbol.dispose](),
          };
        }
        if (source.problem) reason = messageOf(source.problem);
      } catch (error) {
        reason = messageOf(error);
      }
      this.#dropped += source?.dropped ?? 0;
      if (this.#current === source) this.#current = undefined;
      if (signal.aborted) return;
      if (!came && this.#quick) {
        this.#quick = false;
        continue;
      }
      if (this.#online !== false) {
        this.#online = false;
        this.#options.onLost(hidePasswords(reason));
      }
      if (!(await this.#backOff.wait(signal))) return;
    }
  }

  #open({ url, inputArgs }: RelayedCamera): VideoFrameSource {
    const { maxFps, maxHeight, decoderThreads } = this.#options.settings;
    return videoFrames(url, {
      inputArgs: this.#quick ? [...QUICK_LOOK, ...inputArgs] : inputArgs,
      live: true,
      maxFps,
      maxHeight,
      threads: decoderThreads,
      maxLivingFrames: 4,
      name: this.#options.id,
      // Back-off and events are ours; one silent connection is one loss.
      reconnect: { retries: 0, stallMs: this.#options.stallMs ?? 15_000 },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]();
  }
}
