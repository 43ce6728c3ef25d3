import { activated } from './activation';

/**
 * A convolution of each channel by itself, in float32.
 *
 * @param source f32: for each pixel its `depth` values, a multiple of 8
 * @param top rows of zeros that are put above, as `left`, `bottom` and `right` beside and below
 * @param weights f32: for each pixel of the window, those of all channels
 * @param padded room for the picture with what is put around it; `source` itself where that is nothing
 */
export function depthwise(
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
  weights: usize,
  bias: usize,
  slope: usize,
  out: usize,
  padded: usize,
): void {
  const bytes = (<usize>depth) << 2;
  const line = <usize>(left + width + right) * bytes;
  if (padded != source) surround(source, <usize>width * bytes, height, left, top, right, bottom, bytes, padded);
  const three = windowX == 3 && windowY == 3 && dilationX == 1 && dilationY == 1;
  const step = <usize>strideX * bytes;
  for (let y = 0; y < outHeight; y++, out += <usize>outWidth * bytes) {
    const row = padded + <usize>(y * strideY) * line;
    if (three && outWidth >= 4 && strideX <= 2) {
      for (let x = 0; x < outWidth; x += 4) {
        // The last four overlap those before where there are no four left.
        const from = min(x, outWidth - 4);
        const at = row + <usize>from * step;
        if (strideX == 1) four(at, line, bytes, weights, bias, slope, out + <usize>from * bytes);
        else fourOfTwo(at, line, bytes, weights, bias, slope, out + <usize>from * bytes);
      }
      continue;
    }
    for (let x = 0; x < outWidth; x++) {
      const at = row + <usize>x * step;
      const to = out + <usize>x * bytes;
      for (let b: usize = 0; b < bytes; b += 16) {
        let sum = v128.load(bias + b);
        let weight = weights + b;
        let start = at + b;
        for (let j = 0; j < windowY; j++, start += <usize>dilationY * line) {
          let value = start;
          for (let k = 0; k < windowX; k++, value += <usize>dilationX * bytes, weight += bytes)
            sum = f32x4.add(sum, f32x4.mul(v128.load(value), v128.load(weight)));
        }
        v128.store(to + b, activated(sum, v128.load(slope + b)));
      }
    }
  }
}

/** A picture with zeros around it. */
function surround(
  source: usize,
  row: usize,
  height: i32,
  left: i32,
  top: i32,
  right: i32,
  bottom: i32,
  bytes: usize,
  out: usize,
): void {
  const before = <usize>left * bytes;
  const after = <usize>right * bytes;
  const line = before + row + after;
  memory.fill(out, 0, <usize>top * line);
  out += <usize>top * line;
  for (let y = 0; y < height; y++, source += row, out += line) {
    memory.fill(out, 0, before);
    memory.copy(out + before, source, row);
    memory.fill(out + before + row, 0, after);
  }
  memory.fill(out, 0, <usize>bottom * line);
}

@inline
function plus(sum: v128, value: v128, weight: v128): v128 {
  return f32x4.add(sum, f32x4.mul(value, weight));
}

/** Four neighbours, whose windows of 3x3 share half of what they see. */
@inline
function four(
  at: usize,
  line: usize,
  bytes: usize,
  weights: usize,
  bias: usize,
  slope: usize,
  out: usize,
): void {
  const two = bytes << 1;
  const three = two + bytes;
  const window = three * 3;
  for (const end = at + bytes; at < end; at += 16, weights += 16, bias += 16, slope += 16, out += 16) {
    let a = v128.load(bias);
    let b = a;
    let c = a;
    let d = a;
    let row = at;
    for (let w = weights, last = weights + window; w < last; w += three, row += line) {
      const w0 = v128.load(w);
      const w1 = v128.load(w + bytes);
      const w2 = v128.load(w + two);
      let value = v128.load(row);
      a = plus(a, value, w0);
      value = v128.load(row + bytes);
      a = plus(a, value, w1);
      b = plus(b, value, w0);
      value = v128.load(row + two);
      a = plus(a, value, w2);
      b = plus(b, value, w1);
      c = plus(c, value, w0);
      const right = row + three;
      value = v128.load(right);
      b = plus(b, value, w2);
      c = plus(c, value, w1);
      d = plus(d, value, w0);
      value = v128.load(right + bytes);
      c = plus(c, value, w2);
      d = plus(d, value, w1);
      d = plus(d, v128.load(right + two), w2);
    }
    finish(out, bytes, a, b, c, d, v128.load(slope));
  }
}

/** Four windows of 3x3, each two pixels beside the one before. */
@inline
function fourOfTwo(
  at: usize,
  line: usize,
  bytes: usize,
  weights: usize,
  bias: usize,
  slope: usize,
  out: usize,
): void {
  const two = bytes << 1;
  const three = two + bytes;
  const window = three * 3;
  for (const end = at + bytes; at < end; at += 16, weights += 16, bias += 16, slope += 16, out += 16) {
    let a = v128.load(bias);
    let b = a;
    let c = a;
    let d = a;
    let row = at;
    for (let w = weights, last = weights + window; w < last; w += three, row += line) {
      const w0 = v128.load(w);
      const w1 = v128.load(w + bytes);
      const w2 = v128.load(w + two);
      a = plus(plus(a, v128.load(row), w0), v128.load(row + bytes), w1);
      let from = row + two;
      let value = v128.load(from);
      a = plus(a, value, w2);
      b = plus(plus(b, value, w0), v128.load(from + bytes), w1);
      from += two;
      value = v128.load(from);
      b = plus(b, value, w2);
      c = plus(plus(c, value, w0), v128.load(from + bytes), w1);
      from += two;
      value = v128.load(from);
      c = plus(c, value, w2);
      d = plus(plus(d, value, w0), v128.load(from + bytes), w1);
      d = plus(d, v128.load(from + two), w2);
    }
    finish(out, bytes, a, b, c, d, v128.load(slope));
  }
}

@inline
function finish(out: usize, bytes: usize, a: v128, b: v128, c: v128, d: v128, slope: v128): void {
  v128.store(out, activated(a, slope));
  v128.store(out + bytes, activated(b, slope));
  v128.store(out + (bytes << 1), activated(c, slope));
  v128.store(out + bytes * 3, activated(d, slope));
}
