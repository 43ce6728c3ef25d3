import type { Box } from '../../contracts/face.js';
import type { Image } from '../../contracts/image.js';
import type { InputSpec } from '../../models/input-spec.js';
import { planesOf, planesOfPart, yuvCoefficients, type Plane } from '../planes.js';
import { axisTaps, type AxisTaps } from '../resample.js';
import type { PixelKernel } from './pixel-kernel.js';
import { putFloats, putInts } from './sources.js';

/** What is sampled, and where it goes. */
export interface TensorTask {
  readonly image: Image;
  /** Sampled, in pixels of `part`, else of the image. */
  readonly region: Box;
  /** All there is of the image; see `Resampler.sample`. */
  readonly part: Box | undefined;
  readonly input: InputSpec;
  /** Of the picture within the input, at its top-left corner; the rest is padding. */
  readonly contentWidth: number;
  readonly contentHeight: number;
  /** Of the input. */
  readonly width: number;
  readonly height: number;
}

/** Fields of the kernel's `Source` and `TensorJob` (kernel/tensor.ts), four bytes each. */
const SOURCE_FIELDS = 4;
const JOB_FIELDS = 27;
const YUV_FIELDS = 6;

/** A plane, or all interleaved channels, and how it is sampled. */
interface Sampled {
  readonly plane: Plane;
  readonly x: AxisTaps;
  readonly y: AxisTaps;
  /** Bytes from a row's start to the first sample used, and from there to behind the last one. */
  readonly first: number;
  readonly bytes: number;
}

function sampled(plane: Plane, from: Box, width: number, height: number): Sampled {
  const { density, step, stride } = plane;
  const x = axisTaps(from.x * density, from.width * density, width, plane.width, step);
  const y = axisTaps(from.y * density, from.height * density, height, plane.height, stride);
  const first = x.at[0];
  return { plane, x, y, first, bytes: x.at[x.at.length - 1] - first + step };
}

/** Taps as the kernel wants them (its `Axis`, kernel/row.ts): none that weighs nothing, weights only where they differ. */
interface Table {
  readonly taps: number;
  readonly lerp: boolean;
  readonly at: Int32Array;
  readonly weight: Float32Array;
  /** Each sample is used once, in order. */
  readonly dense: boolean;
}

const AXIS_FIELDS = 5;

/** @param first distance that counts as 0 */
function tableOf({ at, taps, weight, onSamples }: AxisTaps, first: number): Table {
  const used = onSamples ? 1 : taps;
  const table = new Int32Array(weight.length * used);
  for (let i = 0, k = 0; k < at.length; i += used, k += taps) {
    for (let t = 0; t < used; t++) table[i + t] = at[k + t] - first;
  }
  // Between two samples throughout (a reduction by 2), and beyond the edge, where both are the same one.
  const halves = used === 2 && weight.every((value, o) => value === 0.5 || at[2 * o] === at[2 * o + 1]);
  const lerp = used === 2 && !halves;
  return { taps: used, lerp, at: table, weight, dense: !lerp && table.every((value, i) => value === i) };
}

function putAxis({ memory, scratch }: PixelKernel, { taps, lerp, at, weight, dense }: Table): number {
  return putInts(memory, scratch.take(4 * AXIS_FIELDS), [
    taps,
    Number(lerp),
    putInts(memory, scratch.take(4 * at.length), at),
    lerp ? putFloats(memory, scratch.take(4 * weight.length), weight) : 0,
    Number(dense),
  ]);
}

/**
 * The source rows that are used, one behind the other, for pixels that do not lie in the kernel's memory.
 * @param table distances of rows in the picture; then of their copies.
 */
function copyRows(
  kernel: PixelKernel,
  { plane: { data, offset }, first, bytes }: Sampled,
  table: Int32Array,
  at: number,
): void {
  const target = kernel.memory.bytes(at, table.length * bytes);
  let last = -1;
  let copied = -bytes;
  for (let i = 0; i < table.length; i++) {
    if (table[i] !== last) {
      last = table[i];
      copied += bytes;
      const start = offset + last + first;
      target.set(data.subarray(start, start + bytes), copied);
    }
    table[i] = copied;
  }
}

/**
 * Samples a picture and writes it as a model's input, as `Resampler.sample` and `writePlanes` do.
 * @returns false when the kernel has no room for it; `out` is untouched then.
 */
export function tensorByKernel(
  kernel: PixelKernel,
  task: TensorTask,
  out: Float32Array,
  offset: number,
): boolean {
  const { image, region, part, input, contentWidth, contentHeight, width, height } = task;
  const { memory, scratch } = kernel;
  const planes = part === undefined ? planesOf(image) : planesOfPart(image, part);
  const interleaved = planes[0].step > 1;
  const channels = input.channels === 'gray' ? 1 : 3;
  const length = width * height * channels;
  const inPlace = memory.holds(image.data);
  const first = sampled(planes[0], region, contentWidth, contentHeight);
  // Chroma planes are all of one size, and so are red, green and blue.
  const second =
    interleaved || planes.length === 1
      ? undefined
      : planes[1].density === planes[0].density
        ? first
        : sampled(planes[1], region, contentWidth, contentHeight);
  const sources = second === undefined ? [first] : [first, second, { ...second, plane: planes[2] }];

  let room =
    4 * (length + JOB_FIELDS + YUV_FIELDS + sources.length * SOURCE_FIELDS) + 12 * (contentWidth + 16);
  for (const { x, y, bytes } of sources) {
    room +=
      4 * (x.at.length + x.weight.length + y.at.length + y.weight.length + 2 * AXIS_FIELDS + bytes + 16);
    if (!inPlace) room += y.at.length * bytes;
  }
  if (!scratch.reserve(room + 32 * (8 + 7 * sources.length))) return false;

  const direct = memory.holds(out);
  const result = direct ? out.byteOffset + 4 * offset : scratch.take(4 * length);
  const job = scratch.take(4 * JOB_FIELDS);
  const sourcesAt = scratch.take(4 * SOURCE_FIELDS * sources.length);
  sources.forEach((source, i) => {
    const { plane, bytes } = source;
    const x = tableOf(source.x, source.first);
    const y = tableOf(source.y, 0);
    let pixels = plane.data.byteOffset + plane.offset + source.first;
    if (!inPlace) {
      pixels = scratch.take(y.at.length * bytes);
      copyRows(kernel, source, y.at, pixels);
    }
    putInts(memory, sourcesAt + 4 * SOURCE_FIELDS * i, [
      pixels,
      bytes,
      putAxis(kernel, x),
      putAxis(kernel, y),
    ]);
  });
  // Rows are written in pieces of up to sixteen values.
  const rowStep = 4 * Math.ceil(contentWidth / 16) * 16;
  const longest = Math.max(...sources.map(({ bytes }) => bytes));
  const yuv = image.format === 'yuv420p';
  const k = yuvCoefficients(image.color);
  const nchw = input.layout === 'nchw';
  // By the colours' order; the card counts in the tensor's.
  const order = channels === 1 ? [0, 0, 0] : input.channels === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const scales = order.map((c) => 1 / input.std[c]);
  putInts(memory, job, [
    interleaved ? -1 : sources.length,
    Number(yuv),
    contentWidth,
    contentHeight,
    width,
    height,
    result,
    channels,
    nchw || channels === 1 ? 4 : 12,
    nchw ? 4 * width * height : 4,
    scratch.take(4 * (longest + 16)),
    scratch.take(3 * rowStep),
    rowStep,
    ...order,
  ]);
  putFloats(memory, job + 4 * 16, [
    ...scales,
    ...order.map((c, i) => -input.mean[c] * scales[i]),
    ...[0, 1, 2].map((c) => (c < channels ? ((input.padding ?? 0) - input.mean[c]) / input.std[c] : 0)),
  ]);
  putInts(memory, job + 4 * 25, [
    putFloats(memory, scratch.take(4 * YUV_FIELDS), [k.yOffset, k.y, k.rv, k.gu, k.gv, k.bu]),
    sourcesAt,
  ]);
  kernel.toTensor(job);
  if (!direct) out.set(memory.floats(result, length), offset);
  return true;
}
