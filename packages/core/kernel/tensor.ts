import { YuvCoefficients, yuvRowsToRgb } from './colour';
import { Axis, lerpRows, sampleRow, sumRows } from './row';

/** A plane, or all interleaved channels of a picture, between its first and last column that is sampled. */
@unmanaged
class Source {
  pixels: u32;
  /** Bytes of a row. */
  bytes: i32;
  /** Addresses of two `Axis`. */
  x: u32;
  y: u32;
}

/** What is to be done. Mirrors `src/image/kernel/tensor-job.ts`. */
@unmanaged
class TensorJob {
  /** 1: grey; 3: R, G, B or Y, U, V in planes; -1: one source of interleaved R, G, B. */
  kind: i32;
  yuv: i32;
  /** Of the picture within the input. */
  width: i32;
  height: i32;
  /** Of the input. */
  outWidth: i32;
  outHeight: i32;
  out: u32;
  /** Channels of the input: 3, or 1 for luma. */
  channels: i32;
  /** Bytes between neighbouring pixels of the input, and between its channels. */
  pixelStep: i32;
  channelStep: i32;
  /** Room for a source row, f32 or u16. */
  sourceRow: u32;
  /** Room for three rows of the input, f32, each `rowStep` bytes after the other. */
  rows: u32;
  rowStep: i32;
  /** Per channel R, G, B: its index in the input, and value = sample * scale + shift. */
  order0: i32;
  order1: i32;
  order2: i32;
  scale0: f32;
  scale1: f32;
  scale2: f32;
  shift0: f32;
  shift1: f32;
  shift2: f32;
  /** By index in the input. */
  padding0: f32;
  padding1: f32;
  padding2: f32;
  yuvAt: u32;
  sources: u32;
}

function scaleRow(row: usize, count: i32, scale: f32, shift: f32, out: usize, step: usize): void {
  if (step == 4) {
    const s = f32x4.splat(scale);
    const t = f32x4.splat(shift);
    const whole = <usize>(count & ~3) << 2;
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(out + i, f32x4.add(f32x4.mul(v128.load(row + i), s), t));
    for (const end = <usize>count << 2; i < end; i += 4) store<f32>(out + i, load<f32>(row + i) * scale + shift);
    return;
  }
  for (let i = 0; i < count; i++, row += 4, out += step) store<f32>(out, load<f32>(row) * scale + shift);
}

function fillRow(out: usize, count: i32, step: usize, value: f32): void {
  for (let i = 0; i < count; i++, out += step) store<f32>(out, value);
}

function padding(job: TensorJob, channel: i32): f32 {
  return channel == 0 ? job.padding0 : channel == 1 ? job.padding1 : job.padding2;
}

/** Row `y` of the output of one source, all its channels. @param T of what the samples of a source row are */
@inline
function sampleChannels<T>(job: TensorJob, source: Source, row: usize, scale: f32, out: usize): void {
  const x = changetype<Axis>(<usize>source.x);
  sampleRow<T>(row, x, job.width, scale, out);
  if (job.kind < 0) {
    sampleRow<T>(row + sizeof<T>(), x, job.width, scale, out + job.rowStep);
    sampleRow<T>(row + 2 * sizeof<T>(), x, job.width, scale, out + 2 * job.rowStep);
  }
}

/** Rows of the input's size: R, G, B (or Y, U, V) of one output row; grey gives one. */
function sampleRows(job: TensorJob, line: i32): void {
  const planes = job.kind < 0 ? 1 : job.kind;
  const row = <usize>job.sourceRow;
  for (let p = 0; p < planes; p++) {
    const source = changetype<Source>(<usize>job.sources + <usize>p * offsetof<Source>());
    const out = <usize>job.rows + <usize>p * job.rowStep;
    const pixels = <usize>source.pixels;
    const y = changetype<Axis>(<usize>source.y);
    const at = <usize>y.at + <usize>(line * y.taps) * 4;
    if (y.lerp) {
      const weight = load<f32>(<usize>y.weight + (<usize>line << 2));
      lerpRows(pixels + <usize>load<i32>(at), pixels + <usize>load<i32>(at, 4), weight, source.bytes, row);
      sampleChannels<f32>(job, source, row, 1, out);
    } else if (y.taps == 1) {
      sampleChannels<u8>(job, source, pixels + <usize>load<i32>(at), 1, out);
    } else {
      sumRows(pixels, at, y.taps, source.bytes, row);
      sampleChannels<u16>(job, source, row, <f32>1 / <f32>y.taps, out);
    }
  }
}

/** Rec. 601 luma of three rows, into the first. */
function lumaRow(red: usize, green: usize, blue: usize, count: i32): void {
  const r = f32x4.splat(0.299);
  const g = f32x4.splat(0.587);
  const b = f32x4.splat(0.114);
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const sum = f32x4.add(
      f32x4.add(f32x4.mul(r, v128.load(red + i)), f32x4.mul(g, v128.load(green + i))),
      f32x4.mul(b, v128.load(blue + i)),
    );
    v128.store(red + i, sum);
  }
}

/** Samples a picture, or a part of one, and writes it as a model's input: converted, normalised, padded. */
export function toTensor(at: usize): void {
  const job = changetype<TensorJob>(at);
  const width = job.width;
  const height = job.height;
  const step = <usize>job.pixelStep;
  const channels = job.channels;
  const lineStep = <usize>job.outWidth * step;
  const red = <usize>job.rows;
  const green = job.kind == 1 ? red : red + job.rowStep;
  const blue = job.kind == 1 ? red : green + job.rowStep;
  for (let y = 0; y < height; y++) {
    sampleRows(job, y);
    if (job.yuv) yuvRowsToRgb(red, green, blue, width, changetype<YuvCoefficients>(<usize>job.yuvAt));
    const line = <usize>job.out + <usize>y * lineStep;
    if (channels == 1) {
      if (job.kind != 1) lumaRow(red, green, blue, width);
      scaleRow(red, width, job.scale0, job.shift0, line, step);
    } else {
      const channelStep = <usize>job.channelStep;
      scaleRow(red, width, job.scale0, job.shift0, line + <usize>job.order0 * channelStep, step);
      scaleRow(green, width, job.scale1, job.shift1, line + <usize>job.order1 * channelStep, step);
      scaleRow(blue, width, job.scale2, job.shift2, line + <usize>job.order2 * channelStep, step);
    }
    if (width < job.outWidth) {
      for (let c = 0; c < channels; c++) {
        const from = line + <usize>c * job.channelStep + <usize>width * step;
        fillRow(from, job.outWidth - width, step, padding(job, c));
      }
    }
  }
  if (height == job.outHeight) return;
  const rest = <usize>job.out + <usize>height * lineStep;
  for (let c = 0; c < channels; c++) {
    fillRow(rest + <usize>c * job.channelStep, (job.outHeight - height) * job.outWidth, step, padding(job, c));
  }
}
