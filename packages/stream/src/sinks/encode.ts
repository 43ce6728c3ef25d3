import { extname } from 'node:path';
import { ArgumentError, SinkError, type Image } from '@fr-stream/core';
import { runFfmpeg } from '../ffmpeg/process.js';
import { findFfmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';
import { passTimestampsThrough } from '../video/decode-args.js';
import { causeOf, codeInWords, lostOutput } from '../output/failures.js';
import type { Output } from '../output/output.js';

export interface EncodeOptions {
  /** `h264`, `hevc`, `vp9`, `av1`, or ffmpeg's name of an encoder. Default: `h264`, for WebM `vp9`. */
  readonly codec?: string;
  /**
   * Constant quality: 0 (lossless) .. 51 for H.264 and HEVC, .. 63 for VP9 and AV1; lower is better. Default 20, 23 for
   * HEVC, 32 for VP9 and AV1.
   */
  readonly crf?: number;
  /** Speed against size. Default `veryfast`. Ignored by VP9. */
  readonly preset?: string;
  /** Encoder threads. Default: the encoder's own choice. */
  readonly threads?: number;
  /**
   * `sdr`: 8 bits per sample, what has a high dynamic range is tone-mapped to BT.709. `source`: 10 bits per sample, and the
   * range of the source with its tags; for files, and in HEVC (WebM: VP9) unless `codec` says otherwise. Default `sdr`.
   */
  readonly range?: 'sdr' | 'source';
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

const ENCODERS: ReadonlyMap<string, string> = new Map([
  ['h264', 'libx264'],
  ['hevc', 'libx265'],
  ['h265', 'libx265'],
  ['vp9', 'libvpx-vp9'],
  ['av1', 'libsvtav1'],
]);

/** ffmpeg's name of the encoder. @throws ArgumentError for WebM, where it takes another codec than VP9 and AV1. */
export function encoderOf(container: Container, { codec }: EncodeOptions): string {
  const name = codec ?? (container === 'webm' ? 'vp9' : 'h264');
  const encoder = ENCODERS.get(name) ?? name;
  if (container === 'webm' && /264|265|mpeg|prores/.test(encoder)) {
    throw new ArgumentError(`WebM does not hold ${name}.`, {
      hint: 'Choose vp9 or av1, or name the output .mkv or .mp4.',
    });
  }
  return encoder;
}

/** Quality and speed, in each encoder's own terms. */
export function qualityArgs(encoder: string, { crf, preset }: EncodeOptions): string[] {
  switch (encoder) {
    case 'libx264':
      return ['-preset', preset ?? 'veryfast', '-crf', String(crf ?? 20)];
    case 'libx265':
      return ['-preset', preset ?? 'veryfast', '-crf', String(crf ?? 23), '-x265-params', 'log-level=error'];
    case 'libvpx-vp9':
      return [
        '-b:v',
        '0',
        '-crf',
        String(crf ?? 32),
        '-deadline',
        'realtime',
        '-cpu-used',
        '6',
        '-row-mt',
        '1',
      ];
    case 'libsvtav1':
      return ['-preset', preset ?? '10', '-crf', String(crf ?? 32)];
    default:
      return crf === undefined ? [] : ['-crf', String(crf)];
  }
}

/** @throws SinkError (OUTPUT_UNWRITABLE) for an extension that stands for none of them. */
export function containerOf(output: string): Container {
  const container = CONTAINERS[extname(output).toLowerCase()];
  if (container) return container;
  throw new SinkError('OUTPUT_UNWRITABLE', `${output}: no known kind of video file`, {
    hint: `Use one of the extensions ${Object.keys(CONTAINERS).join(', ')}.`,
  });
}

/** Where an encoder's bytes go. */
export type Destination =
  /** A file that plays at any moment, cut off or not. */
  | { readonly kind: 'file'; readonly path: string; readonly format: string }
  /** Its standard output, in a container that needs no way back; with the sound, as it cannot be added later. */
  | { readonly kind: 'stream'; readonly container: Container; readonly sound: SoundSource | undefined };

/**
 * The format in which the picture lies until the output is complete, in a container that plays at any moment, cut off or
 * not: the output's own for Matroska and WebM; for MP4, which is unreadable until its index is written, an MPEG
 * transport stream (or Matroska for codecs that it does not carry).
 */
export function pictureFormat(
  container: Container,
  options: EncodeOptions,
): { readonly format: string; readonly ending: string } {
  if (container === 'matroska') return { format: container, ending: '.mkv' };
  if (container === 'webm') return { format: container, ending: '.webm' };
  return ['libx264', 'libx265', 'mpeg4', 'mpeg2video'].includes(encoderOf(container, options))
    ? { format: 'mpegts', ending: '.ts' }
    : { format: 'matroska', ending: '.mkv' };
}

/** Encodes raw frames from standard input. */
export function rawEncoderArgs(
  container: Container,
  destination: Destination,
  image: Image,
  rate: number,
  options: EncodeOptions,
  version: string,
): string[] {
  const sound = destination.kind === 'stream' ? destination.sound : undefined;
  const codec = encoderOf(container, options);
  const args = ['-hide_banner', '-nostats', '-loglevel', 'warning', '-y'];
  args.push('-f', 'rawvideo', '-pix_fmt', PIXEL_FORMATS[image.format]);
  args.push('-s', `${image.width}x${image.height}`, '-framerate', String(rate), '-i', 'pipe:0');
  if (sound) args.push(...soundInput(sound), '-map', '0:v', '-map', '1:a?');
  // 4:2:0 needs even sizes in most encoders and players: an odd edge is doubled, not cut.
  if (image.width % 2 || image.height % 2) args.push('-vf', 'scale=ceil(iw/2)*2:ceil(ih/2)*2:flags=neighbor');
  args.push('-c:v', codec, '-pix_fmt', 'yuv420p');
  args.push(...qualityArgs(codec, options));
  if (options.threads !== undefined) args.push('-threads', String(options.threads));
  args.push(...colorArgs(image), ...passTimestampsThrough(version));
  if (sound) args.push(...soundEncoder(container), '-shortest');
  if (destination.kind === 'file') args.push('-f', destination.format, `file:${destination.path}`);
  else args.push(...STREAMABLE[destination.container], '-f', destination.container, 'pipe:1');
  return args;
}

/** MP4 in pieces, each with its own index; Matroska is made of pieces anyway. */
const FRAGMENTED = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
const STREAMABLE: Readonly<Record<Container, readonly string[]>> = {
  mp4: FRAGMENTED,
  mov: FRAGMENTED,
  matroska: [],
  webm: [],
};

function hevcTag({ codec }: EncodeOptions): string[] {
  return codec !== undefined && (ENCODERS.get(codec) ?? codec) === 'libx265' ? ['-tag:v', 'hvc1'] : [];
}

function soundInput({ input, startMs }: SoundSource): string[] {
  return [...(startMs > 0 ? ['-ss', (startMs / 1000).toFixed(6)] : []), ...input];
}

function soundEncoder(container: Container): string[] {
  return ['-c:a', ...(container === 'webm' ? ['libopus'] : ['aac', '-b:a', '192k'])];
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
 * @returns the path of the finished file, which is one of the output's temporary ones.
 * @throws SinkError (OUTPUT_FAILED)
 */
export async function muxWithSound(
  output: Output,
  part: string,
  sound: SoundSource | undefined,
  lengthMs: number,
  options: EncodeOptions & { readonly ffmpeg?: FindFfmpegOptions | undefined },
): Promise<string> {
  const container = containerOf(output.target);
  if (!sound && (container === 'matroska' || container === 'webm')) return part;
  const { path } = await findFfmpeg(options.ffmpeg);
  const target = await output.further(extname(output.target));
  const seconds = (lengthMs / 1000).toFixed(6);
  const base = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-i', `file:${part}`];
  if (sound) base.push('-t', seconds, ...soundInput(sound));
  const maps = sound ? ['-map', '0:v', '-map', '1:a?', '-map_metadata', '1'] : ['-map', '0:v'];
  const tail = [
    // Once more: the limit on the input counts from 0, where a transport stream does not begin.
    ...['-t', seconds],
    // Players of Apple's take HEVC only under this name.
    ...(container === 'mp4' || container === 'mov' ? ['-movflags', '+faststart', ...hevcTag(options)] : []),
    '-f',
    container,
    `file:${target}`,
  ];
  const copied = ['-c', 'copy'];
  const encoded = ['-c:v', 'copy', ...soundEncoder(container)];
  const attempts = !sound ? [copied] : sound.startMs > 0 ? [encoded] : [copied, encoded];
  let said: readonly string[] = [];
  for (const codecs of attempts) {
    const { code, stderr } = await runFfmpeg(path, [...base, ...maps, ...codecs, ...tail]);
    if (code === 0 && !lostOutput(stderr)) return target;
    said = stderr;
  }
  const code = codeInWords(said);
  const why = code === undefined ? (said.at(-1) ?? 'ffmpeg failed') : causeOf({ code });
  throw new SinkError('OUTPUT_FAILED', `${output.target}: the file could not be finished: ${why}`, {
    hint:
      code === 'ENOSPC'
        ? 'Free some space and run again.'
        : 'Run again with --no-audio, or choose another container.',
    cause: new Error(`ffmpeg said:\n${said.slice(-12).join('\n')}`),
  });
}
