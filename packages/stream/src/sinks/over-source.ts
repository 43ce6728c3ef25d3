import { ArgumentError, type Image } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import { passTimestampsThrough } from '../video/decode-args.js';
import { hdrKind } from '../video/dynamic-range.js';
import { encoderOf, qualityArgs, type Container, type EncodeOptions } from './encode.js';

/** The source's own picture, which ffmpeg reads again for what is drawn to be laid over. */
export interface SourcePicture {
  /** ffmpeg's arguments that open it: `-i` and what must precede it. */
  readonly input: readonly string[];
  readonly startMs: number;
  readonly info: VideoInfo;
}

/** Encoders of 10 bits per sample whose files carry the range. */
const TEN_BITS: ReadonlySet<string> = new Set(['libx265', 'libx264', 'libvpx-vp9', 'libsvtav1']);

/**
 * What was drawn into a picture, apart from it: `yuva420p`, opaque where a sample differs from the picture's and
 * transparent elsewhere.
 *
 * @param image `yuv420p`
 * @param drawn its samples with the drawing
 * @param overlay room for 5/2 samples per pixel, as {@link overlayBytes} says
 */
export function separate(image: Image, drawn: Uint8Array, overlay: Uint8Array): void {
  const { width, height, data } = image;
  const luma = width * height;
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const chroma = halfWidth * halfHeight;
  overlay.set(drawn.subarray(0, luma + 2 * chroma));
  const alpha = overlay.subarray(luma + 2 * chroma);
  for (let i = 0; i < luma; i++) alpha[i] = drawn[i] === data[i] ? 0 : 255;
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const at = luma + y * halfWidth + x;
      if (drawn[at] === data[at] && drawn[at + chroma] === data[at + chroma]) continue;
      for (let row = 2 * y; row < Math.min(2 * y + 2, height); row++) {
        alpha.fill(255, row * width + 2 * x, row * width + Math.min(2 * x + 2, width));
      }
    }
  }
}

/** Of a `yuva420p` picture. */
export function overlayBytes({ width, height }: Image): number {
  return 2 * width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}

/**
 * ffmpeg's name of the encoder: HEVC, in WebM VP9, unless another one is asked for.
 * @throws ArgumentError for one that is not known to keep 10 bits and their tags.
 */
export function tenBitEncoder(container: Container, options: EncodeOptions): string {
  const codec = options.codec ?? (container === 'webm' ? 'vp9' : 'hevc');
  const encoder = encoderOf(container, { ...options, codec });
  if (TEN_BITS.has(encoder)) return encoder;
  throw new ArgumentError(`${codec} is not known to keep the range of a picture.`, {
    hint: 'Choose hevc, h264, vp9 or av1, or let the copy be tone-mapped.',
  });
}

/**
 * Encodes the source's picture in 10 bits and in its own range, under overlays (`yuva420p`) from standard input.
 * What is drawn has the brightness that white has in SDR: 203 cd/m2 (BT.2408).
 * @throws ArgumentError as {@link tenBitEncoder} does
 */
export function overSourceArgs(
  container: Container,
  path: string,
  format: string,
  { width, height, color }: Image,
  rate: number,
  options: EncodeOptions,
  version: string,
  source: SourcePicture,
): string[] {
  const codec = tenBitEncoder(container, options);
  const { info, startMs, input } = source;
  const transfer = hdrKind(info) === undefined ? undefined : info.transfer;
  const stream = info.streamIndex === undefined ? '1:V:0' : `1:${info.streamIndex}`;
  const matrix = color?.matrix === 'bt601' ? '170m' : '709';
  const graph = [
    // The frame nearest to each place of the output, as frames are placed that come through the pipe.
    `[${stream}]${info.interlaced ? 'yadif=deint=interlaced,' : ''}fps=${rate}:round=near:start_time=0`,
    `scale=${width}:${height}:flags=bilinear,setsar=1,format=yuv420p10le[picture]`,
    ...(transfer === undefined
      ? ['[0:v]null[drawn]']
      : [
          '[0:v]split[colours][mask];[mask]alphaextract[alpha]',
          `[colours]format=yuv420p,zscale=tin=709:min=${matrix}:pin=709:rin=tv:t=${transfer}:m=2020_ncl:p=2020:r=tv:npl=203,` +
            'format=yuv420p10le[ranged]',
          '[alpha]format=gray10le[alpha10]',
          '[ranged][alpha10]alphamerge[drawn]',
        ]),
    '[picture][drawn]overlay=format=yuv420p10:shortest=1,format=yuv420p10le[out]',
  ];
  return [
    ...['-hide_banner', '-nostats', '-loglevel', 'warning', '-y'],
    ...['-f', 'rawvideo', '-pix_fmt', 'yuva420p', '-s', `${width}x${height}`, '-framerate', String(rate)],
    ...['-i', 'pipe:0'],
    ...(startMs > 0 ? ['-ss', (startMs / 1000).toFixed(6)] : []),
    ...input,
    // A filter's commas separate filters, its semicolons chains.
    ...['-filter_complex', [graph.slice(0, 2).join(','), ...graph.slice(2)].join(';'), '-map', '[out]'],
    ...['-c:v', codec, '-pix_fmt', 'yuv420p10le', ...qualityArgs(codec, options)],
    ...(options.threads === undefined ? [] : ['-threads', String(options.threads)]),
    ...tags(info, transfer),
    ...passTimestampsThrough(version),
    ...['-f', format, `file:${path}`],
  ];
}

function tags({ color }: VideoInfo, transfer: string | undefined): string[] {
  if (transfer !== undefined) {
    return [
      '-color_range',
      'tv',
      '-colorspace',
      'bt2020nc',
      '-color_primaries',
      'bt2020',
      '-color_trc',
      transfer,
    ];
  }
  const name = color.matrix === 'bt601' ? 'smpte170m' : 'bt709';
  return ['-color_range', 'tv', '-colorspace', name, '-color_primaries', name, '-color_trc', name];
}
