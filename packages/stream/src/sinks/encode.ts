import { extname } from 'node:path';
import { SinkError, type Image } from '@fr-stream/core';
import { runFfmpeg } from '../ffmpeg/process.js';
import { findFfmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';
import { passTimestampsThrough } from '../video/decode-args.js';
import { partName } from './temp-file.js';

export interface EncodeOptions {
  /** ffmpeg's encoder name. Default: `libx264`, for WebM `libvpx-vp9`. */
  readonly codec?: string;
  /** Constant quality: 0 (lossless) .. 51 for H.264, .. 63 for VP9; lower is better. Default 20, for VP9 32. */
  readonly crf?: number;
  /** Speed against size. Default `veryfast`. Ignored by VP9. */
  readonly preset?: string;
  /** Encoder threads. Default: the encoder's own choice. */
  readonly threads?: number;
}

export interface SoundSource {
  /** ffmpeg's arguments that open it: `-i` and what must precede it. */
  readonly input: readonly string[];
  readonly startMs: number;
}

export type Container = 'mp4' | 'mov' | 'matroska' | 'webm';

const CONTAINERS: Readonly<Record<string, Container>> = {
  '.mp4': 'mp4',
  '.m4v': 'mp4',
  '.mov': 'mov',
  '.mkv': 'matroska',
  '.webm': 'webm',
};

/** @throws SinkError (OUTPUT_UNWRITABLE) for an extension that stands for none of them. */
export function containerOf(output: string): Container {
  const container = CONTAINERS[extname(output).toLowerCase()];
  if (container) return container;
  throw new SinkError('OUTPUT_UNWRITABLE', `${output}: no known kind of video file`, {
    hint: `Use one of the extensions ${Object.keys(CONTAINERS).join(', ')}.`,
  });
}

/**
 * Where the picture lies until the output is complete, in a container that plays at any moment, cut off or not: the
 * output's own for Matroska and WebM; for MP4, which is unreadable until its index is written, an MPEG transport stream
 * (or Matroska for codecs that it does not carry).
 */
export function pictureFile(
  output: string,
  options: EncodeOptions,
): { readonly path: string; readonly format: string } {
  const container = containerOf(output);
  const part = partName(output);
  if (container === 'matroska' || container === 'webm') return { path: part, format: container };
  const stem = part.slice(0, part.length - extname(part).length);
  const inTransportStream = ['libx264', 'libx265', 'mpeg4', 'mpeg2video'].includes(
    options.codec ?? 'libx264',
  );
  return inTransportStream
    ? { path: `${stem}.ts`, format: 'mpegts' }
    : { path: `${stem}.mkv`, format: 'matroska' };
}

/** Encodes raw frames from standard input into a file that is readable at any moment. */
export function rawEncoderArgs(
  output: string,
  image: Image,
  rate: number,
  options: EncodeOptions,
  version: string,
): string[] {
  const container = containerOf(output);
  const codec = options.codec ?? (container === 'webm' ? 'libvpx-vp9' : 'libx264');
  const args = ['-hide_banner', '-nostats', '-loglevel', 'warning', '-y'];
  args.push('-f', 'rawvideo', '-pix_fmt', PIXEL_FORMATS[image.format]);
  args.push('-s', `${image.width}x${image.height}`, '-framerate', String(rate), '-i', 'pipe:0');
  // 4:2:0 needs even sizes in most encoders and players: an odd edge is doubled, not cut.
  if (image.width % 2 || image.height % 2) args.push('-vf', 'scale=ceil(iw/2)*2:ceil(ih/2)*2:flags=neighbor');
  args.push('-c:v', codec, '-pix_fmt', 'yuv420p');
  if (codec === 'libx264' || codec === 'libx265') {
    args.push('-preset', options.preset ?? 'veryfast', '-crf', String(options.crf ?? 20));
  } else if (codec === 'libvpx-vp9') {
    args.push(
      '-b:v',
      '0',
      '-crf',
      String(options.crf ?? 32),
      '-deadline',
      'realtime',
      '-cpu-used',
      '6',
      '-row-mt',
      '1',
    );
  } else if (options.crf !== undefined) {
    args.push('-crf', String(options.crf));
  }
  if (options.threads !== undefined) args.push('-threads', String(options.threads));
  args.push(...colorArgs(image), ...passTimestampsThrough(version));
  const { path, format } = pictureFile(output, options);
  args.push('-f', format, path);
  return args;
}

const PIXEL_FORMATS: Readonly<Record<Image['format'], string>> = {
  rgb24: 'rgb24',
  rgba32: 'rgba',
  gray8: 'gray',
  yuv420p: 'yuv420p',
};

function colorArgs({ format, color }: Image): string[] {
  if (format !== 'yuv420p' || !color) return [];
  const range = ['-color_range', color.range === 'full' ? 'pc' : 'tv'];
  const [space, primaries] = color.matrix === 'bt709' ? ['bt709', 'bt709'] : ['smpte170m', 'smpte170m'];
  return [...range, '-colorspace', space, '-color_primaries', primaries, '-color_trc', primaries];
}

/**
 * Puts the encoded picture and the source's sound into the final container. The sound is copied, or encoded to AAC
 * (WebM: Opus) where the container does not take it, or where it begins midway: copied packets would begin at the
 * key frame before, and containers without an edit list would play what lies between.
 * @returns the path of the finished part file.
 * @throws SinkError (OUTPUT_FAILED); the picture then still lies in `part`.
 */
export async function muxWithSound(
  output: string,
  part: string,
  sound: SoundSource | undefined,
  lengthMs: number,
  options: { readonly ffmpeg?: FindFfmpegOptions | undefined },
): Promise<string> {
  const container = containerOf(output);
  if (!sound && (container === 'matroska' || container === 'webm')) return part;
  const { path } = await findFfmpeg(options.ffmpeg);
  const target = partName(output) === part ? partName(part) : partName(output);
  const seconds = (lengthMs / 1000).toFixed(6);
  const start = sound && sound.startMs > 0 ? ['-ss', (sound.startMs / 1000).toFixed(6)] : [];
  const soundInput = sound ? [...start, '-t', seconds, ...sound.input] : [];
  const base = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-i', part, ...soundInput];
  const maps = sound ? ['-map', '0:v', '-map', '1:a?', '-map_metadata', '1'] : ['-map', '0:v'];
  const tail = [
    // Once more: the limit on the input counts from 0, where a transport stream does not begin.
    ...['-t', seconds],
    ...(container === 'mp4' || container === 'mov' ? ['-movflags', '+faststart'] : []),
    '-f',
    container,
    target,
  ];
  const copied = ['-c', 'copy'];
  const encoded = ['-c:v', 'copy', '-c:a', ...(container === 'webm' ? ['libopus'] : ['aac', '-b:a', '192k'])];
  const attempts = !sound ? [copied] : start.length > 0 ? [encoded] : [copied, encoded];
  let said: readonly string[] = [];
  for (const codecs of attempts) {
    const { code, stderr } = await runFfmpeg(path, [...base, ...maps, ...codecs, ...tail]);
    if (code === 0) return target;
    said = stderr;
  }
  throw new SinkError(
    'OUTPUT_FAILED',
    `${output}: the file could not be finished: ${said.at(-1) ?? 'ffmpeg failed'}`,
    {
      hint: `The picture without sound is in ${part}.`,
      cause: new Error(`ffmpeg said:\n${said.slice(-12).join('\n')}`),
    },
  );
}
