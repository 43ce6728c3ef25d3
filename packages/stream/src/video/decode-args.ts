import { ArgumentError, type YuvColor } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import { hdrKind, toneMapFilters } from './dynamic-range.js';
import { confine } from './input-safety.js';
import type { VideoInput } from './input.js';

export interface DecodeSettings {
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly maxFps?: number;
  readonly maxWidth?: number;
  readonly maxHeight?: number;
  readonly format: 'yuv420p' | 'rgb24';
  readonly threads?: number;
  readonly inputArgs: readonly string[];
  /** Which video stream, counted from 1. Default: the default one, where it is known, or the first. */
  readonly stream?: number | undefined;
  /** Turn HDR into SDR; only where this ffmpeg can. */
  readonly toneMap?: boolean | undefined;
}

/** @throws ArgumentError when a number is outside its range. */
export function checkSettings(settings: DecodeSettings): void {
  const check = (name: string, value: number | undefined, least: number, whole: boolean): void => {
    if (value === undefined) return;
    if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) {
      throw new ArgumentError(
        `${name} must be ${whole ? 'a whole number' : 'a number'} of at least ${least}, not ${value}`,
      );
    }
  };
  check('startMs', settings.startMs, 0, false);
  check('durationMs', settings.durationMs, 0, false);
  check('maxFps', settings.maxFps, 0.001, false);
  check('maxWidth', settings.maxWidth, 2, true);
  check('maxHeight', settings.maxHeight, 2, true);
  check('threads', settings.threads, 0, true);
  check('stream', settings.stream, 1, true);
}

/**
 * The size after limiting: aspect kept, never enlarged, and even where it had to be scaled.
 */
export function limitSize(
  width: number,
  height: number,
  maxWidth = Infinity,
  maxHeight = Infinity,
): { readonly width: number; readonly height: number } {
  const factor = Math.min(1, maxWidth / width, maxHeight / height);
  if (factor === 1) return { width, height };
  const even = (value: number): number => Math.max(2, 2 * Math.round((value * factor) / 2));
  return { width: even(width), height: even(height) };
}

/**
 * How the decoded YUV is encoded. What the file states holds; where it states nothing, BT.709 from 720 lines on and
 * BT.601 below, as players guess. Full-range video in the `yuvj` formats is converted to limited range by ffmpeg.
 */
export function decodedColor(info: VideoInfo, pixelFormat: string | undefined, toneMapped = false): YuvColor {
  if (toneMapped) return { matrix: 'bt709', range: 'limited' };
  const fromRgb =
    pixelFormat !== undefined && /^(rgb|bgr|gbr|argb|abgr|pal8|gray|mono|0rgb|0bgr)/.test(pixelFormat);
  // swscale makes BT.601 out of RGB unless it is told otherwise.
  if (fromRgb) return { matrix: 'bt601', range: 'limited' };
  const guess = info.height >= 720 ? 'bt709' : 'bt601';
  return { matrix: info.color.matrix ?? guess, range: 'limited' };
}

/** The whole command line for decoding to raw frames on standard output, with timestamps on standard error. */
export function decodeArgs(
  input: VideoInput,
  settings: DecodeSettings,
  ffmpegVersion: string,
  info: VideoInfo | undefined,
): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(6);
  const args = ['-hide_banner', '-nostats', '-loglevel', 'info'];
  if (input.kind !== 'stdin' && input.kind !== 'stream') args.push('-nostdin');
  if (settings.threads !== undefined) args.push('-threads', String(settings.threads));
  args.push(...confine(input, settings.inputArgs), ...input.args, ...settings.inputArgs);
  const leadMs = leadInMs(settings, info);
  const seekMs = (settings.startMs ?? 0) - leadMs;
  if (seekMs > 0) args.push('-ss', seconds(seekMs));
  if (settings.durationMs !== undefined) args.push('-t', seconds(leadMs + settings.durationMs));
  args.push('-i', input.url, '-filter_complex', filterGraph(settings, info, input.live), '-map', '[out]');
  args.push(...passTimestampsThrough(ffmpegVersion), '-f', 'rawvideo', 'pipe:1');
  return args;
}

/** Containers without an index. A seek in them lands anywhere, and the picture begins at the next key frame. */
export const UNINDEXED: ReadonlySet<string> = new Set(['mpegts', 'mpeg', 'h264', 'hevc', 'mpegvideo']);
/** Longest usual distance between key frames. */
const LEAD_IN_MS = 12_000;

/** By how much to begin earlier than asked, so that there is a key frame before the first frame that is wanted. */
function leadInMs({ startMs = 0 }: DecodeSettings, info: VideoInfo | undefined): number {
  return info?.format !== undefined && UNINDEXED.has(info.format) ? Math.min(startMs, LEAD_IN_MS) : 0;
}

/** Leaves the lead-in out, and counts time from its end. */
function cutLeadIn(leadMs: number, durationMs: number | undefined): readonly string[] {
  if (leadMs === 0) return [];
  const lead = (leadMs / 1000).toFixed(6);
  const end = durationMs === undefined ? '' : `*lt(t,${((leadMs + durationMs) / 1000).toFixed(6)})`;
  return [`select='gte(t,${lead})${end}'`, `setpts=PTS-${lead}/TB`];
}

/**
 * Each frame's timestamp comes from `showinfo`, on a branch of 2x2 pixels because it takes checksums of all it sees.
 * The size is fixed wherever it is known, so that a stream that changes its size midway still gives equal frames.
 */
function filterGraph(settings: DecodeSettings, info: VideoInfo | undefined, live: boolean): string {
  const chain: string[] = [...cutLeadIn(leadInMs(settings, info), settings.durationMs)];
  if (settings.maxFps !== undefined) chain.push(limitRate(settings.maxFps));
  // Only frames that are marked as woven are touched; what is known to be progressive goes by.
  if (info ? info.interlaced : !live) chain.push('yadif=deint=interlaced');
  chain.push(scale(settings, info), ...toneMapping(settings, info), 'setsar=1', `format=${settings.format}`);
  return `[${streamSpecifier(settings, info)}]${chain.join(',')},split[out][t];[t]crop=2:2:0:0,showinfo,nullsink`;
}

function toneMapping({ toneMap }: DecodeSettings, info: VideoInfo | undefined): readonly string[] {
  const transfer = info && hdrKind(info) !== undefined ? info.transfer : undefined;
  return toneMap === true && transfer !== undefined ? toneMapFilters(transfer) : [];
}

/** `V` leaves attached pictures out. */
function streamSpecifier({ stream }: DecodeSettings, info: VideoInfo | undefined): string {
  return info?.streamIndex === undefined ? `0:V:${(stream ?? 1) - 1}` : `0:${info.streamIndex}`;
}

/**
 * Keeps the first frame of each 1/rate interval. Unlike the `fps` filter it never repeats a frame nor moves a
 * timestamp.
 */
function limitRate(rate: number): string {
  const slot = (time: string): string => `floor(${time}*${rate}+0.001)`;
  return `select='isnan(prev_selected_t)+gt(${slot('t')},${slot('prev_selected_t')})'`;
}

function scale(settings: DecodeSettings, info: VideoInfo | undefined): string {
  // From FFmpeg 7 on full range stays as it is unless told otherwise.
  const ranged = settings.format === 'yuv420p' && toneMapping(settings, info).length === 0;
  const flags = ranged ? 'flags=bilinear:out_range=tv' : 'flags=bilinear';
  if (info) {
    const { width, height } = limitSize(info.width, info.height, settings.maxWidth, settings.maxHeight);
    const matrix =
      settings.format === 'rgb24' && !info.color.matrix && info.height >= 720 ? ':in_color_matrix=bt709' : '';
    return `scale=${width}:${height}:${flags}${matrix}`;
  }
  const { maxWidth, maxHeight } = settings;
  if (maxWidth === undefined && maxHeight === undefined) return `scale=w='round(iw*sar)':h=ih:${flags}`;
  const factor = `min(1,min(${maxWidth ?? 1e9}/(iw*sar),${maxHeight ?? 1e9}/ih))`;
  const even = (side: string): string =>
    `if(eq(${factor},1),round(${side}),max(2,2*round(${side}*${factor}/2)))`;
  return `scale=w='${even('(iw*sar)')}':h='${even('ih')}':${flags}`;
}

/** `-fps_mode` replaced `-vsync` in ffmpeg 5.1 (June 2022, about build N-107000). */
export function passTimestampsThrough(version: string): readonly string[] {
  const release = /^n?(\d+)\.(\d+)/.exec(version);
  const build = /^N-(\d+)/.exec(version);
  const modern = release
    ? Number(release[1]) > 5 || (Number(release[1]) === 5 && Number(release[2]) >= 1)
    : Number(build?.[1] ?? 0) >= 107_500;
  return [modern ? '-fps_mode' : '-vsync', 'passthrough'];
}
