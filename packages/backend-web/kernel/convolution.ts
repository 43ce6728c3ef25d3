import { activated } from './activation';
import { factorOf, largest, round, roundFour, unitOf } from './quantise';

/** Bytes of rows that are multiplied with all weights before the next ones: they stay in the first-level cache. */
const BLOCK = 16384;

/**
 * Convolutions as products of matrices in 16-bit whole numbers: a row is what a window of the picture holds, a column the
 * weights of an output channel. A step multiplies two values of a row at a time with those of four channels
 * (`i32x4.dot_i16x8_s`), so that each does twice the multiplications of one with floats. Sums are exact: weights are scaled so that
 * none overflows (see `pack-weights.ts`).
 *
 * Rows are rounded a block at a time, each block to its own largest value (pictures whose windows overlap at once), and what
 * comes out is float32 again.
 */

/** Four rows with eight channels. All addresses are in bytes; `stride` from row to row, `pitch` from output to output. */
@inline
function four(
  row: usize,
  stride: usize,
  weights: usize,
  length: i32,
  unit: f32,
  units: usize,
  bias: usize,
  slope: usize,
  out: usize,
  pitch: usize,
): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const stride3 = stride * 3;
  for (const end = weights + ((<usize>length) << 4); weights < end; weights += 32, row += 4) {
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    const a = v128.load32_splat(row);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, w0));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, w1));
    const b = v128.load32_splat(row + stride);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, w0));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, w1));
    const c = v128.load32_splat(row + (stride << 1));
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(c, w0));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(c, w1));
    const d = v128.load32_splat(row + stride3);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(d, w0));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(d, w1));
  }
  const all = f32x4.splat(unit);
  for (let half: usize = 0; half < 32; half += 16) {
    const scale = f32x4.mul(all, v128.load(units + half));
    const base = v128.load(bias + half);
    const low = v128.load(slope + half);
    const to = out + half;
    const first = half == 0;
    v128.store(to, finish(first ? a0 : a1, scale, base, low));
    v128.store(to + pitch, finish(first ? b0 : b1, scale, base, low));
    v128.store(to + (pitch << 1), finish(first ? c0 : c1, scale, base, low));
    v128.store(to + pitch * 3, finish(first ? d0 : d1, scale, base, low));
  }
}

/** One row with eight channels. */
@inline
function one(
  row: usize,
  weights: usize,
  length: i32,
  unit: f32,
  units: usize,
  bias: usize,
  slope: usize,
  out: usize,
): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  for (const end = weights + ((<usize>length) << 4); weights < end; weights += 32, row += 4) {
    const a = v128.load32_splat(row);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load(weights)));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load(weights, 16)));
  }
  const all = f32x4.splat(unit);
  v128.store(out, finish(a0, f32x4.mul(all, v128.load(units)), v128.load(bias), v128.load(slope)));
  v128.store(
    out,
    finish(a1, f32x4.mul(all, v128.load(units, 16)), v128.load(bias, 16), v128.load(slope, 16)),
    16,
  );
}

@inline
function finish(sum: v128, scale: v128, bias: v128, slope: v128): v128 {
  return activated(f32x4.add(bias, f32x4.mul(scale, f32x4.convert_i32x4_s(sum))), slope);
}

/** How many rows of so many values are taken at a time: a multiple of four. */
@inline
function rowsOf(length: i32): i32 {
  return max<i32>(4, (BLOCK / (length << 1)) & ~3);
}

/** Multiplies a block of rows with the weights of all channels. */
function multiplyBlock(
  whole: usize,
  count: i32,
  length: i32,
  channels: i32,
  weights: usize,
  units: usize,
  bias: usize,
  slope: usize,
  out: usize,
  unit: f32,
): void {
  const stride = (<usize>length) << 1;
  const pitch = (<usize>channels) << 2;
  for (let channel = 0; channel < channels; channel += 8) {
    const column = weights + <usize>(channel * length) * 2;
    const at = (<usize>channel) << 2;
    let row = whole;
    let to = out + at;
    let left = count;
    for (; left >= 4; left -= 4, row += stride << 2, to += pitch << 2)
      four(row, stride, column, length, unit, units + at, bias + at, slope + at, to, pitch);
    for (; left > 0; left--, row += stride, to += pitch)
      one(row, column, length, unit, units + at, bias + at, slope + at, to);
  }
}

/**
 * Rows of values with the weights of channels: a convolution of 1x1, or a fully connected layer.
 *
 * @param rows f32, one row after the other
 * @param length values of a row: a multiple of 8
 * @param channels a multiple of 8
 * @param weights i16: for each eight channels, for each two values of a row, two for each channel
 * @param units f32 of each channel: what one whole number of its weights stands for
 * @param out f32: for each row, its channels
 * @param whole room for a block of rows as i16: 16 KB, or four rows
 */
export function product(
  rows: usize,
  count: i32,
  length: i32,
  channels: i32,
  weights: usize,
  units: usize,
  bias: usize,
  slope: usize,
  out: usize,
  whole: usize,
): void {
  const block = rowsOf(length);
  for (let from = 0; from < count; from += block) {
    const here = min(block, count - from);
    const at = rows + <usize>(from * length) * 4;
    const most = largest(at, here * length);
    round(at, here * length, factorOf(most), whole);
    const to = out + <usize>(from * channels) * 4;
    multiplyBlock(whole, here, length, channels, weights, units, bias, slope, to, unitOf(most));
  }
}

/**
 * A convolution of windows of more than one pixel, or that does not look at each pixel.
 *
 * @param source f32: for each pixel its `depth` values, a multiple of 4; `width * height * depth` is a multiple of 8
 * @param top rows of zeros that are put above, as `left`, `bottom` and `right` beside and below
 * @param length values of a window, `depth` for each of its pixels, rounded up to a multiple of 8
 * @param picture room for the picture with what is put around it as i16, and 16 bytes
 * @param whole room for a block of windows as i16: 16 KB, or four windows
 */
export function convolution(
  source: usize,
  width: i32,
  height: i32,
  depth: i32,
  windowX: i32,
  windowY: i32,
  strideX: i32,
  strideY: i32,
  left: i32,
  top: i32,
  right: i32,
  bottom: i32,
  dilationX: i32,
  dilationY: i32,
  outWidth: i32,
  outHeight: i32,
  length: i32,
  channels: i32,
  weights: usize,
  units: usize,
  bias: usize,
  slope: usize,
  out: usize,
  picture: usize,
  whole: usize,
): void {
  const bytes = (<usize>depth) << 1;
  const line = <usize>(left + width + right) * bytes;
  const most = largest(source, width * height * depth);
  const factor = factorOf(most);
  const unit = unitOf(most);
  memory.fill(picture, 0, <usize>(top + height + bottom) * line);
  for (let y = 0; y < height; y++) {
    const to = picture + <usize>(top + y) * line + <usize>left * bytes;
    const row = source + <usize>(y * width * depth) * 4;
    const eights = (width * depth) & ~7;
    round(row, eights, factor, to);
    if (eights < width * depth) roundFour(row + <usize>eights * 4, factor, to + <usize>eights * 2);
  }
  const block = rowsOf(length);
  const count = outWidth * outHeight;
  const run = dilationX == 1 ? <usize>windowX * bytes : bytes;
  const runs = dilationX == 1 ? 1 : windowX;
  const step = <usize>dilationX * bytes;
  const padding = <usize>length * 2 - <usize>(windowX * windowY) * bytes;
  let x = 0;
  let y = 0;
  for (let from = 0; from < count; from += block) {
    const here = min(block, count - from);
    let to = whole;
    for (let i = 0; i < here; i++) {
      let row = picture + <usize>(y * strideY) * line + <usize>(x * strideX) * bytes;
      for (let j = 0; j < windowY; j++, row += <usize>dilationY * line) {
        let at = row;
        for (let k = 0; k < runs; k++, at += step) {
          for (let b: usize = 0; b < run; b += 8) store<u64>(to + b, load<u64>(at + b));
          to += run;
        }
      }
      for (const end = to + padding; to < end; to += 8) store<u64>(to, 0);
      if (++x == outWidth) {
        x = 0;
        y++;
      }
    }
    const channel = out + <usize>(from * channels) * 4;
    multiplyBlock(whole, here, length, channels, weights, units, bias, slope, channel, unit);
  }
}
