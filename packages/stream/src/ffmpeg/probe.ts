import { SourceError, type YuvColor } from '@fr-stream/core';
import { BannerParser, type InputReport } from './banner.js';
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
  readonly codec: string;
  /** Container, in ffmpeg's words. */
  readonly format?: string | undefined;
  /** Degrees by which the stored picture is turned for display, as ffmpeg prints it. */
  readonly rotation: number;
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
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file's or stream's headers by ffmpeg (no ffprobe is needed).
 * @throws SourceError when it does not exist, cannot be read, or holds no video stream.
 */
export async function probeVideo(input: string, options: ProbeOptions = {}): Promise<VideoInfo> {
  const { path } = await findFfmpeg(options.ffmpeg);
  const args = ['-hide_banner', '-nostdin', ...(options.inputArgs ?? []), '-i', input];
  const { stderr, signal } = await runFfmpeg(path, args, { signal: options.signal });
  options.signal?.throwIfAborted();
  const banner = new BannerParser();
  for (const line of stderr) banner.push(line);
  if (!banner.input) throw explainInputFailure(input, stderr, signal);
  return toVideoInfo(input, banner.input);
}

/** @throws SourceError (INPUT_UNSUPPORTED) when there is no video stream. */
export function toVideoInfo(input: string, report: InputReport): VideoInfo {
  const { video } = report;
  if (!video) {
    throw new SourceError('INPUT_UNSUPPORTED', `${input}: it holds no video stream`, {
      hint: report.hasAudio
        ? 'It holds only sound; give a file with a picture track.'
        : 'Give a file with a picture track.',
    });
  }
  const turned = Math.abs(video.rotation) % 180 === 90;
  const squareWidth = Math.max(1, Math.round(video.width * video.sampleAspect));
  return {
    width: turned ? video.height : squareWidth,
    height: turned ? squareWidth : video.height,
    fps: video.fps,
    baseRate: video.baseRate,
    durationMs: report.durationMs,
    startMs: report.startMs,
    hasAudio: report.hasAudio,
    codec: video.codec,
    format: report.format,
    rotation: video.rotation,
    color: video.color,
  };
}
