import {
  defined,
  imageByteLength,
  later,
  SourceError,
  type Frame,
  type Image,
  type SourceInfo,
  type YuvColor,
} from '@fr-stream/core';
import { probeInput, type VideoInfo } from '../ffmpeg/probe.js';
import { checkSettings, decodedColor, limitSize, type DecodeSettings } from './decode-args.js';
import { DecodeSession } from './decode-session.js';
import type { Decoder, DecodedStream } from './decoder.js';
import { describeSource, warningsOf, type SourceRange } from './describe-source.js';
import { FramePool, PooledFrame } from './frame-pool.js';
import { confine } from './input-safety.js';
import { checkInput, describeInput, type VideoInput } from './input.js';
import { judgeEnd } from './judge-end.js';
import { liveFrames } from './live-frames.js';
import { stallMsOf } from './reconnect.js';
import { TimeLine } from './time-line.js';
import type { VideoFrameSource, VideoFramesOptions } from './video-source.js';

/** A video, camera or stream that ffmpeg decodes. */
export class FfmpegFrameSource implements VideoFrameSource {
  readonly live: boolean;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  #input: VideoInput;
  #stream: NodeJS.ReadableStream | undefined;
  #settings: DecodeSettings;
  #options: VideoFramesOptions;
  #session: Decoder | undefined;
  #opening: Promise<SourceInfo> | undefined;
  #video: VideoInfo | undefined;
  #color: YuvColor | undefined;
  #pool: FramePool | undefined;
  #maxLiving: number;
  #problem: SourceError | undefined;
  #warnings: readonly string[] = [];
  #dropped = 0;
  #index = 0;
  #started = false;
  #abort = new AbortController();

  constructor(input: string | NodeJS.ReadableStream, options: VideoFramesOptions) {
    const described = describeInput(input);
    this.#input = options.name === undefined ? described : { ...described, name: options.name };
    this.#stream = typeof input === 'string' ? undefined : input;
    this.#options = options;
    this.#maxLiving = options.maxLivingFrames ?? 8;
    this.live = options.live ?? described.live;
    this.startMs = options.startMs ?? 0;
    this.durationMs = options.durationMs;
    const atOwnSpeed = this.live && (described.kind === 'file' || described.kind === 'generator');
    const inputArgs = [...(atOwnSpeed ? ['-re'] : []), ...(options.inputArgs ?? [])];
    this.#settings = { ...options, format: options.format ?? 'yuv420p', inputArgs };
    checkSettings(this.#settings);
  }

  get problem(): SourceError | undefined {
    return this.#problem;
  }
  get dropped(): number {
    return this.#dropped;
  }
  get livingFrames(): number {
    return this.#pool?.living ?? 0;
  }
  get warnings(): readonly string[] {
    return this.#warnings;
  }
  get color(): YuvColor | undefined {
    return this.#color;
  }
  get video(): VideoInfo | undefined {
    return this.#video;
  }
  get reopenable(): string | undefined {
    return this.#input.reopenable && this.#input.kind !== 'generator' ? this.#input.url : undefined;
  }
  get soundInput(): readonly string[] | undefined {
    if (this.reopenable === undefined) return undefined;
    const { inputArgs } = this.#settings;
    return [
      ...confine(this.#input, inputArgs),
      ...this.#input.args,
      ...(this.#options.inputArgs ?? []),
      '-i',
      this.#input.url,
    ];
  }

  reserve(frames: number): void {
    // A live source keeps the newest frame in one buffer while it reads the next into another.
    this.#maxLiving = Math.max(this.#maxLiving, this.live ? frames + 2 : frames);
    this.#pool?.grow(this.#maxLiving);
  }

  info(): Promise<SourceInfo> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<SourceInfo> {
    await checkInput(this.#input);
    if (this.#input.reopenable && !this.live) {
      const video = await probeInput(this.#input, {
        ffmpeg: this.#options.ffmpeg,
        inputArgs: this.#settings.inputArgs,
        stream: this.#settings.stream,
        signal: this.#abort.signal,
      });
      this.#video = video;
      const { maxWidth, maxHeight } = this.#settings;
      return describeSource(
        this.#input.name,
        video,
        limitSize(video.width, video.height, maxWidth, maxHeight),
        this.#range,
      );
    }
    const session = await this.#startSession();
    const stream = await session.ready;
    this.#video = stream.info;
    return describeSource(this.#input.name, stream.info, stream, this.#range);
  }

  get #range(): SourceRange {
    const { live, startMs, durationMs } = this;
    return { live, startMs, durationMs, maxFps: this.#settings.maxFps };
  }

  async #startSession(): Promise<Decoder> {
    this.#abort.signal.throwIfAborted();
    const session = await DecodeSession.start(
      this.#input,
      this.#stream,
      this.#settings,
      this.#options.ffmpeg,
      this.#video && this.#input.reopenable && !this.live ? this.#video : undefined,
      this.live,
    );
    this.#session = session;
    if (this.#abort.signal.aborted) await session[Symbol.asyncDispose]();
    if (this.live && this.#input.kind === 'network') this.#limitWait(session);
    return session;
  }

  /** A server may take the connection and then say nothing, for which ffmpeg would wait for ever. */
  #limitWait(session: Decoder): void {
    const timer = setTimeout(() => session.giveUp(), stallMsOf(this.#options.reconnect));
    const clear = (): void => clearTimeout(timer);
    void session.ready.then(clear, clear);
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    if (this.#started)
      throw new SourceError('INTERNAL', `${this.#input.name}: frames() may be called only once`);
    this.#started = true;
    const stop = (): void => this.#abort.abort(signal?.reason);
    if (signal?.aborted) return;
    signal?.addEventListener('abort', stop, { once: true });
    // A pending read ends when its process does, so that an abort is felt even while nothing arrives.
    const onAbort = (): void => void this.#session?.[Symbol.asyncDispose]();
    this.#abort.signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.info();
      yield* this.live ? this.#liveFrames() : this.#allFrames();
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await this.#session?.[Symbol.asyncDispose]();
    }
  }

  async #connect(): Promise<DecodedStream & { readonly session: Decoder }> {
    const session = this.#session ?? (await this.#startSession());
    const stream = await session.ready;
    this.#color = decodedColor(stream.info, stream.pixelFormat, stream.toneMapped);
    this.#warnings = warningsOf(stream, this.#input);
    if (this.#pool?.byteLength !== stream.byteLength) {
      this.#pool?.[Symbol.dispose]();
      this.#pool = new FramePool(this.#maxLiving, stream.byteLength);
    }
    return { ...stream, session };
  }

  #frame(
    pool: FramePool,
    data: Uint8Array,
    stream: DecodedStream,
    timeMs: number,
    index: number,
    arrivedMs?: number,
  ): PooledFrame {
    const { format } = this.#settings;
    const { width, height } = stream;
    const image: Image =
      format === 'yuv420p'
        ? { format, width, height, data, ...defined({ color: this.#color }) }
        : { format, width, height, data };
    const { created } = stream.info;
    // What is live is of now, whatever its container was told.
    const capturedAt =
      arrivedMs !== undefined
        ? new Date(performance.timeOrigin + arrivedMs).toISOString()
        : created && later(created, timeMs);
    return new PooledFrame(pool, image, timeMs, index, this.#input.name, defined({ arrivedMs, capturedAt }));
  }

  async *#allFrames(): AsyncGenerator<Frame> {
    const { signal } = this.#abort;
    const stream = await this.#connect();
    const pool =
      this.#pool ?? new FramePool(1, imageByteLength(this.#settings.format, stream.width, stream.height));
    const clock = new TimeLine(this.startMs, stream.info.fps);
    while (!signal.aborted) {
      const data = await pool.acquire(signal);
      if (!data) return;
      if (!(await stream.session.read(data)) || signal.aborted) {
        pool.release(data);
        break;
      }
      const timeMs = clock.at(await stream.session.time());
      if (stream.session.reconfigured && !this.#input.reopenable) {
        pool.release(data);
        this.#problem = new SourceError(
          'INPUT_UNSUPPORTED',
          `${this.#input.name}: the video changes its format midway`,
          {
            hint: 'Save it to a file first, or use FFmpeg 5 or later.',
          },
        );
        return;
      }
      yield this.#frame(pool, data, stream, timeMs, this.#index++);
    }
    if (!signal.aborted) await this.#judgeEnd(stream, clock.last);
  }

  /** Decides, when the decoder has ended by itself, whether the video was whole. */
  async #judgeEnd(
    { info, session }: DecodedStream & { readonly session: Decoder },
    lastMs: number | undefined,
  ): Promise<void> {
    const { code } = await session.exited();
    const { damage } = session;
    const { name } = this.#input;
    if (this.#index === 0) {
      if (code !== 0 || damage.length > 0) throw session.explain();
      if (this.startMs > 0) return;
      throw new SourceError('INPUT_UNREADABLE', `${name}: not one frame could be decoded`, {
        hint: 'The file is damaged or cut off; get a fresh copy.',
      });
    }
    const { startMs, durationMs } = this;
    const { maxFps } = this.#settings;
    this.#problem = judgeEnd({
      name,
      info,
      video: this.#video,
      startMs,
      durationMs,
      maxFps,
      lastMs,
      code,
      damage,
    });
  }

  #liveFrames(): AsyncGenerator<Frame> {
    return liveFrames({
      name: this.#input.name,
      signal: this.#abort.signal,
      network: this.#input.kind === 'network',
      reconnect: this.#options.reconnect,
      durationMs: this.durationMs,
      abort: () => this.#abort.abort(),
      connect: () => this.#connect(),
      disconnect: async () => {
        await this.#session?.[Symbol.asyncDispose]();
        this.#session = undefined;
      },
      pool: () => this.#pool,
      frame: (...args) => this.#frame(...args),
      count: () => this.#index,
      nextIndex: () => this.#index++,
      onDrop: () => this.#dropped++,
      report: (problem) => {
        this.#problem ??= problem;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    // A camera that says nothing yet would keep an opening under way for as long.
    await this.#session?.[Symbol.asyncDispose]();
    // An opening under way must finish first, or the process that it starts would have no owner.
    await this.#opening?.catch(() => undefined);
    await this.#session?.[Symbol.asyncDispose]();
    this.#pool?.[Symbol.dispose]();
  }
}
