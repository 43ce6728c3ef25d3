import { SourceError, type YuvColor } from '@fr-stream/core';
import { confine } from '../video/input-safety.js';
import { describeInput, type VideoInput } from '../video/input.js';
import { BannerParser, type InputReport, type InputVideo } from './banner.js';
import { explainInputFailure } from './explain.js';
import { runFfmpeg } from './process.js';
import { findFfmpeg, type FindFfmpegOptions } from './resolve.js';

/** What is known of a video before it is decoded. */
export interface VideoInfo {
  /** Upright (rotation applied) and with square pixels. */
  readonly width: number;
  readonly height: number;
  /** Average frames per second. */
  readonly fps?: number | undefined;
  /** The rate whose grid holds all timestamps, as ffmpeg guesses it; differs from `fps` when that varies. */
  readonly baseRate?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Timestamp of the container's first packet. */
  readonly startMs?: number | undefined;
  readonly hasAudio: boolean;
  /** Of the video stream, among all streams of the input. */
  readonly streamIndex?: number | undefined;
  readonly codec: string;
  /** Container, in ffmpeg's words. */
  readonly format?: string | undefined;
  /** When its first frame was taken, as the container says: ISO 8601, UTC or with an offset. */
  readonly created?: string | undefined;
  /** Degrees by which the stored picture is turned for display, as ffmpeg prints it. */
  readonly rotation: number;
  /** True where a frame is woven of two fields that were taken one after the other. */
  readonly interlaced: boolean;
  /** The transfer characteristics as the file states them, in ffmpeg's words: `smpte2084` is PQ, `arib-std-b67` HLG. */
  readonly transfer?: string | undefined;
  /** In ffmpeg's words, such as `yuv420p10le`. */
  readonly pixelFormat?: string | undefined;
  /** As the file states it; undefined where it does not. */
  readonly color: {
    readonly matrix?: YuvColor['matrix'] | undefined;
    readonly range?: YuvColor['range'] | undefined;
  };
}

export interface ProbeOptions {
  readonly ffmpeg?: FindFfmpegOptions | undefined;
  /** ffmpeg arguments that belong before `-i`. */
  readonly inputArgs?: readonly string[];
  /** Which video stream, counted from 1, attached pictures left out. Default: the one marked as default, or the first. */
  readonly stream?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file's or stream's headers by ffmpeg (no ffprobe is needed).
 * @throws SourceError when it does not exist, cannot be read, or holds no video stream.
 */
export async function probeVideo(input: string, options: ProbeOptions = {}): Promise<VideoInfo> {
  return probeInput(describeInput(input), options);
}

export async function probeInput(input: VideoInput, options: ProbeOptions): Promise<VideoInfo> {
  const { path } = await findFfmpeg(options.ffmpeg);
  const extra = options.inputArgs ?? [];
  const args = [
    '-hide_banner',
    '-nostdin',
    ...confine(input, extra),
    ...input.args,
    ...extra,
    '-i',
    input.url,
  ];
  const { stderr, signal } = await runFfmpeg(path, args, { signal: options.signal });
  options.signal?.throwIfAborted();
  const banner = new BannerParser();
  for (const line of stderr) banner.push(line);
  if (!banner.input) throw explainInputFailure(input.name, stderr, signal);
  return toVideoInfo(input.name, banner.input, options.stream);
}

/**
 * The video stream that is to be read: the `stream`-th, else the first that is marked as default, else the first.
 * @throws SourceError (INPUT_UNSUPPORTED) when there is none.
 */
export function chooseVideo(input: string, { videos, hasAudio }: InputReport, stream?: number): InputVideo {
  const video =
    stream === undefined ? (videos.find(({ isDefault }) => isDefault) ?? videos[0]) : videos[stream - 1];
  if (video) return video;
  if (videos.length === 0) {
    throw new SourceError('INPUT_UNSUPPORTED', `${input}: it holds no video stream`, {
      hint: hasAudio
        ? 'It holds only sound; give a file with a picture track.'
        : 'Give a file with a picture track.',
    });
  }
  const listed = videos.map(({ codec, width, height }, i) => `${i + 1} (${codec}, ${width}x${height})`);
  throw new SourceError('INPUT_UNSUPPORTED', `${input}: it has no video stream ${stream}`, {
    hint: `It has ${listed.join(', ')}.`,
  });
}

/** Matroska's duration counts from 0, wherever its first picture lies. */
function durationOf({ format, durationMs, startMs = 0 }: InputReport): number | undefined {
  const late = format?.startsWith('matroska') === true && startMs > 0;
  return durationMs === undefined || !late ? durationMs : Math.max(0, durationMs - startMs);
}

/** @throws SourceError (INPUT_UNSUPPORTED) when there is no such video stream. */
export function toVideoInfo(input: string, report: InputReport, stream?: number): VideoInfo {
  const video = chooseVideo(input, report, stream);
  const turned = Math.abs(video.rotation) % 180 === 90;
  const squareWidth = Math.max(1, Math.round(video.width * video.sampleAspect));
  return {
    width: turned ? video.height : squareWidth,
    height: turned ? squareWidth : video.height,
    fps: video.fps,
    baseRate: video.baseRate,
    durationMs: durationOf(report),
    startMs: report.startMs,
    hasAudio: report.hasAudio,
    streamIndex: video.index,
    codec: video.codec,
    format: report.format,
    created: report.created,
    rotation: video.rotation,
    interlaced: video.interlaced,
    transfer: video.transfer,
    pixelFormat: video.pixelFormat,
    color: video.color,
  };
}
