import {
  SourceError,
  imageByteLength,
  messageOf,
  type Frame,
  type FrameSource,
  type Image,
  type SourceInfo,
  type YuvColor,
  defined,
} from '@fr-stream/core';
import { probeInput, type VideoInfo } from './ffmpeg/probe.js';
import type { FindFfmpegOptions } from './ffmpeg/resolve.js';
import {
  checkSettings,
  decodedColor,
  limitSize,
  UNINDEXED,
  type DecodeSettings,
} from './video/decode-args.js';
import { DecodeSession, type DecodedStream } from './video/decode-session.js';
import { FramePool, PooledFrame } from './video/frame-pool.js';
import { hdrKind } from './video/dynamic-range.js';
import { confine } from './video/input-safety.js';
import { checkInput, describeInput, type VideoInput } from './video/input.js';
import { LiveReader } from './video/live-reader.js';
import { Deadline } from './video/deadline.js';
import { Reconnector, stallMsOf, type ReconnectOptions } from './video/reconnect.js';
import { TimeLine } from './video/time-line.js';

export interface VideoFramesOptions {
  /** Skip so much of the beginning, in milliseconds. Exact to the frame. */
  readonly startMs?: number;
  /** Stop after so much, in milliseconds. */
  readonly durationMs?: number;
  /** Upper limit on frames per second; slower video stays as it is. */
  readonly maxFps?: number;
  /** Larger pictures are scaled down by ffmpeg, aspect kept, to even sizes. */
  readonly maxWidth?: number;
  readonly maxHeight?: number;
  /** Default `yuv420p`: half the bytes of `rgb24`, and no conversion for most video. */
  readonly format?: 'yuv420p' | 'rgb24';
  /** Decoder threads. Default: ffmpeg's own choice. */
  readonly threads?: number;
  /**
   * Which video stream, counted from 1, attached pictures (covers) left out. Default: the one that the container marks
   * as default, else the first; of piped and live input the first.
   */
  readonly stream?: number | undefined;
  /** ffmpeg arguments before `-i`, such as `['-f', 'mjpeg']`. */
  readonly inputArgs?: readonly string[];
  /**
   * Default: true for cameras and streaming protocols. A live source drops frames that nobody fetched in time; a file
   * plays at its own speed then.
   */
  readonly live?: boolean;
  /**
   * Frames that may be alive (fetched and not disposed) at once, >= 1; the source waits for one to be disposed before
   * it reads the next. A pipeline raises it to its own budget (`fromSource`). Default 8.
   */
  readonly maxLivingFrames?: number;
  /** Only for live network streams, once they have been open: the first attempt fails at once. */
  readonly reconnect?: ReconnectOptions;
  /** Names the source in frames and errors. Default: the input as given, passwords hidden. */
  readonly name?: string;
  readonly ffmpeg?: FindFfmpegOptions | undefined;
}

/** A video as a source of frames. */
export interface VideoFrameSource extends FrameSource {
  /**
   * Set when the video broke off or is damaged: `frames()` then ends as usual after the last good frame, so that all
   * outputs can be finished. Code INPUT_TRUNCATED when the end is missing, INPUT_UNREADABLE when parts are.
   */
  readonly problem: SourceError | undefined;
  /** What is worth knowing of how it is read; with the first frame. */
  readonly warnings: readonly string[];
  /** Frames fetched and not yet disposed. */
  readonly livingFrames: number;
  /** The encoding of `yuv420p` frames; known with the first frame. */
  readonly color: YuvColor | undefined;
  /** Path or URL that ffmpeg can open again for the sound, where there is one. */
  readonly reopenable: string | undefined;
  /** ffmpeg's arguments that open it again, `-i` and what must precede it; where there is `reopenable`. */
  readonly soundInput: readonly string[] | undefined;
  /** What the container says; known for every input after `info()`. */
  readonly video: VideoInfo | undefined;
  readonly startMs: number;
  readonly durationMs: number | undefined;
}

/**
 * Reads frames from anything that ffmpeg reads: a file, a URL (http, HLS, RTSP over TCP, RTMP, SRT, ...), a camera
 * (`/dev/video0`, `avfoundation:0`, `dshow:video=NAME`), or standard input (`-` or a readable stream).
 *
 * Frames are upright (rotation metadata applied) with square pixels. ffmpeg runs only while frames are asked for.
 * Nothing is started before `info()` or `frames()` is called.
 */
export function videoFrames(
  input: string | NodeJS.ReadableStream,
  options: VideoFramesOptions = {},
): VideoFrameSource {
  return new FfmpegFrameSource(input, options);
}

class FfmpegFrameSource implements VideoFrameSource {
  readonly live: boolean;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  #input: VideoInput;
  #stream: NodeJS.ReadableStream | undefined;
  #settings: DecodeSettings;
  #options: VideoFramesOptions;
  #session: DecodeSession | undefined;
  #opening: Promise<SourceInfo> | undefined;
  #video: VideoInfo | undefined;
  #color: YuvColor | undefined;
  #pool: FramePool | undefined;
  #maxLiving: number;
  #problem: SourceError | undefined;
  #warnings: string[] = [];
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
      return this.#describe(video, limitSize(video.width, video.height, maxWidth, maxHeight));
    }
    const session = await this.#startSession();
    const stream = await session.ready;
    this.#video = stream.info;
    return this.#describe(stream.info, stream);
  }

  async #startSession(): Promise<DecodeSession> {
    this.#abort.signal.throwIfAborted();
    const session = await DecodeSession.start(
      this.#input,
      this.#stream,
      this.#settings,
      this.#options.ffmpeg,
      this.#video && this.#input.reopenable && !this.live ? this.#video : undefined,
    );
    this.#session = session;
    if (this.#abort.signal.aborted) await session[Symbol.asyncDispose]();
    if (this.live && this.#input.kind === 'network') this.#limitWait(session);
    return session;
  }

  /** A server may take the connection and then say nothing, for which ffmpeg would wait for ever. */
  #limitWait(session: DecodeSession): void {
    const timer = setTimeout(() => session.giveUp(), stallMsOf(this.#options.reconnect));
    const clear = (): void => clearTimeout(timer);
    void session.ready.then(clear, clear);
  }

  #describe(video: VideoInfo, size: { readonly width: number; readonly height: number }): SourceInfo {
    const { maxFps } = this.#settings;
    const fps = video.fps !== undefined && maxFps !== undefined ? Math.min(maxFps, video.fps) : video.fps;
    const rest = video.durationMs === undefined ? undefined : Math.max(0, video.durationMs - this.startMs);
    const durationMs = this.live
      ? undefined
      : rest === undefined
        ? this.durationMs
        : Math.min(rest, this.durationMs ?? rest);
    const frameCount =
      durationMs !== undefined && fps !== undefined ? Math.round((durationMs * fps) / 1000) : undefined;
    return {
      source: this.#input.name,
      width: size.width,
      height: size.height,
      hasAudio: video.hasAudio,
      ...defined({ fps, durationMs, frameCount }),
    };
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

  async #connect(): Promise<DecodedStream & { readonly session: DecodeSession }> {
    const session = this.#session ?? (await this.#startSession());
    const stream = await session.ready;
    this.#color = decodedColor(stream.info, stream.pixelFormat, stream.toneMapped);
    this.#warn(stream);
    if (this.#pool?.byteLength !== stream.byteLength) {
      this.#pool?.[Symbol.dispose]();
      this.#pool = new FramePool(this.#maxLiving, stream.byteLength);
    }
    return { ...stream, session };
  }

  #warn({ info, toneMapped, warning }: DecodedStream): void {
    if (warning !== undefined && this.#warnings.length === 0) this.#warnings.push(warning);
    const hdr = hdrKind(info);
    if (hdr === undefined || toneMapped || this.#warnings.some((said) => said.includes(hdr))) return;
    const why = this.#input.reopenable
      ? 'this ffmpeg lacks the filter zscale'
      : 'it is not known of a pipe in advance';
    this.#warnings.push(
      `${this.#input.name}: its high dynamic range (${hdr}) is not tone-mapped, because ${why}`,
    );
  }

  #frame(
    pool: FramePool,
    data: Uint8Array,
    stream: DecodedStream,
    timeMs: number,
    index: number,
  ): PooledFrame {
    const { format } = this.#settings;
    const { width, height } = stream;
    const image: Image =
      format === 'yuv420p'
        ? { format, width, height, data, ...defined({ color: this.#color }) }
        : { format, width, height, data };
    return new PooledFrame(pool, image, timeMs, index, this.#input.name);
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

  /** Decides, when ffmpeg has ended by itself, whether the video was whole. */
  async #judgeEnd(
    stream: DecodedStream & { readonly session: DecodeSession },
    lastMs: number | undefined,
  ): Promise<void> {
    const { code } = await stream.session.exited();
    const { damage } = stream.session;
    const { name } = this.#input;
    if (this.#index === 0) {
      if (code !== 0 || damage.length > 0) throw stream.session.explain();
      if (this.startMs > 0) return;
      throw new SourceError('INPUT_UNREADABLE', `${name}: not one frame could be decoded`, {
        hint: 'The file is damaged or cut off; get a fresh copy.',
      });
    }
    // Of these the length is the distance of the last timestamp from the first, which a jump makes as long as it likes.
    const guessed = stream.info.format !== undefined && UNINDEXED.has(stream.info.format);
    const whole = guessed ? undefined : this.#video?.durationMs;
    const end =
      whole === undefined ? undefined : Math.min(whole, this.startMs + (this.durationMs ?? Infinity));
    const reached = lastMs ?? 0;
    const frameMs = 1000 / (stream.info.fps ?? 25);
    const missing = end === undefined ? 0 : end - reached;
    const short = missing > Math.max(250, 4 * frameMs);
    // Some demuxers take a cut file for the whole. Sound may rightly go on after the picture, but not for long.
    const silent = stream.info.hasAudio ? missing > Math.max(2000, 0.05 * (end ?? 0)) : short;
    const cause = damage.length > 0 ? new Error(`ffmpeg said:\n${damage.join('\n')}`) : undefined;
    if (code !== 0 || silent || (damage.length > 0 && (short || (end === undefined && !guessed)))) {
      const of = end === undefined ? '' : ` of ${clock(end)}`;
      this.#problem = new SourceError(
        'INPUT_TRUNCATED',
        `${name}: the video breaks off at ${clock(reached)}${of}`,
        {
          hint: 'What came before was processed; get a complete copy for the rest.',
          cause,
        },
      );
    } else if (damage.length > 0) {
      this.#problem = new SourceError('INPUT_UNREADABLE', `${name}: parts of the video are damaged`, {
        hint: 'All frames that could be decoded were processed; get a fresh copy for the others.',
        cause,
      });
    }
  }

  async *#liveFrames(): AsyncGenerator<Frame> {
    const { signal } = this.#abort;
    const network = this.#input.kind === 'network';
    const reconnector = new Reconnector(network ? this.#options.reconnect : { retries: 0 }, signal);
    const beganAt = performance.now();
    const lost = (cause?: unknown): SourceError => {
      const seconds = Math.round((performance.now() - beganAt) / 1000);
      return new SourceError('INPUT_TRUNCATED', `${this.#input.name}: the stream ended after ${seconds} s`, {
        hint: 'Check the camera or server; raise reconnect.retries to wait for it longer.',
        cause,
      });
    };
    let firstAt: number | undefined;
    let lastMs = 0;
    let away = false;
    // By the clock: what ffmpeg is told ends one connection only, and a stream that is lost ends none.
    using ending = new Deadline(this.durationMs, () => this.#abort.abort());
    const lose = (reason: string): void => {
      if (!away) this.#options.reconnect?.onLost?.(reason);
      away = true;
    };
    for (;;) {
      try {
        const stream = await this.#connect();
        const pool = this.#pool;
        if (!pool) return;
        // A server that first sends what it has stored is ahead of the clock; time must not run backwards then.
        const since = firstAt === undefined ? 0 : Math.max(performance.now() - firstAt, lastMs + 1);
        const line = new TimeLine(since, stream.info.fps, true);
        const reader = new LiveReader(stream.session, pool, {
          stallMs: network ? reconnector.stallMs : undefined,
          onDrop: () => this.#dropped++,
          nextIndex: () => this.#index++,
        });
        try {
          for await (const { data, timeMs, index } of reader.newest(signal)) {
            firstAt ??= performance.now();
            ending.start();
            reconnector.succeeded();
            if (away) this.#options.reconnect?.onBack?.();
            away = false;
            lastMs = line.at(timeMs);
            yield this.#frame(pool, data, stream, lastMs, index);
          }
        } finally {
          await reader.close();
        }
        if (signal.aborted || (this.durationMs !== undefined && lastMs > this.durationMs - 500)) return;
        if (network) lose(lost().message);
        if (!network) {
          const { code } = await stream.session.exited();
          if (code !== 0 && this.#index === 0) throw stream.session.explain();
          if (code !== 0) this.#problem = stream.session.explain();
          return;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (this.#index > 0) lose(messageOf(error));
        if (!reconnector.mayRetry()) {
          if (this.#index === 0) throw error;
          this.#problem = lost(error);
          return;
        }
      }
      await this.#session?.[Symbol.asyncDispose]();
      this.#session = undefined;
      if (!(await reconnector.wait())) {
        if (signal.aborted) return;
        this.#problem ??= lost();
        return;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    // An opening under way must finish first, or the process that it starts would have no owner.
    await this.#opening?.catch(() => undefined);
    await this.#session?.[Symbol.asyncDispose]();
    this.#pool?.[Symbol.dispose]();
  }
}

function clock(ms: number): string {
  const seconds = ms / 1000;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, '0')}`;
}
