import type { Socket } from 'node:net';
import { imageByteLength, SourceError } from '@fr-stream/core';
import { BannerParser } from '../ffmpeg/banner.js';
import { DAMAGE, explainInputFailure, withoutUserInfo } from '../ffmpeg/explain.js';
import { toVideoInfo, type VideoInfo } from '../ffmpeg/probe.js';
import { FfmpegProcess, type ExitStatus } from '../ffmpeg/process.js';
import { findFfmpeg, type Ffmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';
import { canToneMap, hdrKind } from './dynamic-range.js';
import { ByteReader, type FrameBytes } from './byte-reader.js';
import { decodeArgs, type DecodeSettings } from './decode-args.js';
import type { Decoder, DecodedStream } from './decoder.js';
import { DirectPipe } from './direct-pipe.js';
import type { VideoInput } from './input.js';
import { ThreadedPipe } from './threaded-pipe.js';
import { TimestampQueue } from './timestamps.js';

/** One ffmpeg process that decodes one input. */
export class DecodeSession implements Decoder {
  /** @throws SourceError (in the promise) when ffmpeg ends before its first frame. */
  readonly ready: Promise<DecodedStream>;
  #input: VideoInput;
  #process: FfmpegProcess;
  #reader: FrameBytes;
  #times: TimestampQueue;
  #damage: string[];
  #silent = false;
  #arrivedMs = 0;
  /** From 4.4 on ffmpeg scales to the first picture's size whatever comes later. */
  #keepsSize: boolean;

  /** @param live never holds the input up: frames that nobody asked for in time are left out. */
  static async start(
    input: VideoInput,
    stream: NodeJS.ReadableStream | undefined,
    settings: DecodeSettings,
    ffmpeg: FindFfmpegOptions | undefined,
    info: VideoInfo | undefined,
    live: boolean,
  ): Promise<DecodeSession> {
    const binary = await findFfmpeg(ffmpeg);
    const toneMap = info !== undefined && hdrKind(info) !== undefined && (await canToneMap(binary.path));
    const all = { ...settings, toneMap };
    const args = decodeArgs(input, all, binary.version, info);
    const direct = live ? await ThreadedPipe.open() : await DirectPipe.open();
    return new DecodeSession(input, stream, all, binary, args, direct);
  }

  private constructor(
    input: VideoInput,
    stream: NodeJS.ReadableStream | undefined,
    settings: DecodeSettings,
    { path, warning }: Ffmpeg,
    args: readonly string[],
    direct: { readonly pipe: FrameBytes; readonly childEnd: Socket } | undefined,
  ) {
    const banner = new BannerParser();
    const times = new TimestampQueue();
    const damage: string[] = [];
    let onOutput: () => void = () => undefined;
    const outputKnown = new Promise<void>((resolve) => {
      onOutput = resolve;
    });
    this.#input = input;
    this.#times = times;
    this.#damage = damage;
    this.#keepsSize = warning === undefined;
    this.#process = new FfmpegProcess(path, args, {
      stdin: input.kind === 'stdin' ? 'inherit' : input.kind === 'stream' ? 'pipe' : 'ignore',
      stdout: direct?.childEnd ?? 'pipe',
      onLine: (line) => {
        times.push(line);
        if (!banner.output) {
          banner.push(line);
          if (banner.output) onOutput();
        }
        if (damage.length < 20 && DAMAGE.test(line)) damage.push(withoutUserInfo(line));
      },
    });
    const { stdout, stdin } = this.#process;
    if (direct) this.#reader = direct.pipe;
    else if (stdout) this.#reader = new ByteReader(stdout);
    else throw new Error('ffmpeg was started without an output pipe');
    if (stream && stdin) feed(stream, stdin);
    const ended = this.#process.exited.then(() => times.end());
    this.ready = Promise.race([outputKnown, ended]).then(() => {
      const { output, input: report } = banner;
      if (!report || (!output && report.videos.length === 0)) {
        if (report) toVideoInfo(input.name, report, settings.stream);
        throw this.explain();
      }
      if (!output) throw this.explain();
      const info = toVideoInfo(input.name, report, settings.stream);
      return {
        info,
        warning,
        toneMapped: settings.toneMap === true,
        pixelFormat: report.videos.find(({ index }) => index === info.streamIndex)?.pixelFormat,
        width: output.width,
        height: output.height,
        byteLength: imageByteLength(settings.format, output.width, output.height),
      };
    });
    // Whoever awaits `ready` sees the failure; a session that is stopped before that must not crash the process.
    this.ready.catch(() => undefined);
  }

  /** True when a format change midway may have changed the frame size under us. */
  get reconfigured(): boolean {
    return !this.#keepsSize && this.#times.configurations > 1;
  }

  /** Lines in which ffmpeg complained of missing or broken data. */
  get damage(): readonly string[] {
    return this.#damage;
  }

  /** Reads one frame into `target`; false at the end. */
  async read(target: Uint8Array): Promise<boolean> {
    if ((await this.#reader.fill(target)) !== target.length) return false;
    this.#arrivedMs = this.#reader.arrivedMs ?? performance.now();
    // Their times are of no use.
    for (let left = this.skipped; left > 0; left--) await this.#times.next();
    return true;
  }

  get skipped(): number {
    return this.#reader.skipped ?? 0;
  }

  get arrivedMs(): number {
    return this.#arrivedMs;
  }

  /** The time in milliseconds of the frame that was read last; NaN when the stream does not say. */
  async time(): Promise<number> {
    return (await this.#times.next()) ?? NaN;
  }

  /** Waits for the process to end by itself. */
  exited(): Promise<ExitStatus> {
    return this.#process.exited;
  }

  /** Ends the process because nothing came; `ready` then fails with that as the cause. */
  giveUp(): void {
    this.#silent = true;
    void this[Symbol.asyncDispose]();
  }

  explain(): SourceError {
    if (this.#silent) {
      return new SourceError('INPUT_UNREADABLE', `${this.#input.name}: connected, but no picture came`, {
        hint: 'Check the path of the stream in the URL, and that the camera is on.',
      });
    }
    const said = this.#process.stderrTail;
    const { kind, name } = this.#input;
    if ((kind === 'stdin' || kind === 'stream') && said.some((line) => /partial file|moov atom/.test(line))) {
      return new SourceError(
        'INPUT_UNSUPPORTED',
        `${name}: an MP4 whose index is at its end cannot be piped`,
        {
          hint: 'Give the file itself, or pipe Matroska, a transport stream, or an MP4 made with "-movflags +faststart".',
          cause: new Error(`ffmpeg said:\n${said.slice(-12).join('\n')}`),
        },
      );
    }
    return explainInputFailure(name, said, this.#process.signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#reader.close();
    return this.#process.kill();
  }
}

function feed(from: NodeJS.ReadableStream, to: NodeJS.WritableStream): void {
  // ffmpeg closes its end when it has seen enough; that is no error of ours.
  to.on('error', () => from.unpipe(to));
  from.on('error', () => to.end());
  from.pipe(to);
}
