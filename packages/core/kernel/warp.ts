import { YuvCoefficients, yuvRowsToRgb } from './colour';
import { mix } from './row';

/** A plane to be warped, or all interleaved channels of a picture. */
@unmanaged
class WarpSource {
  /** Source position of output pixel (x, y): (a x + b y + tx, c x + d y + ty), in samples of this plane. */
  a: f64;
  b: f64;
  c: f64;
  d: f64;
  tx: f64;
  ty: f64;
  /** Nearer to an edge than this, a sample of an output pixel may lack a neighbour. */
  reachX: f64;
  reachY: f64;
  pixels: u32;
  stride: i32;
  /** Bytes between neighbouring samples: 1, or of interleaved channels 3 or 4. */
  step: i32;
  width: i32;
  height: i32;
  /** Samples per output pixel, and their distances from its centre: f32 each. */
  count: i32;
  dx: u32;
  dy: u32;
  /** What lies outside. */
  border: f32;
  unused: f32;
}

/** What is to be done. Mirrors `src/image/kernel/warp-job.ts`. */
@unmanaged
class WarpJob {
  /** 1: grey; 3: planes of R, G, B or Y, U, V; -1: one source of interleaved channels. */
  kind: i32;
  yuv: i32;
  width: i32;
  height: i32;
  /** R, G, B, one byte each. */
  out: u32;
  /** Room for three output rows, f32, each `rowStep` bytes after the other, with room for four values more. */
  rows: u32;
  rowStep: i32;
  yuvAt: u32;
  sources: u32;
}

@inline
function sampleAt(s: WarpSource, x: i32, y: i32, channel: i32): f64 {
  if (x < 0 || y < 0 || x >= s.width || y >= s.height) return s.border;
  return <f64>load<u8>(<usize>s.pixels + <usize>(y * s.stride + x * s.step + channel));
}

/** The mean of bilinear samples around (x, y), some of which lie outside. */
function meanAtEdge(s: WarpSource, x: f64, y: f64, channel: i32): f32 {
  let total: f64 = 0;
  for (let i = 0; i < s.count; i++) {
    const sx = x + load<f32>(<usize>s.dx + (<usize>i << 2));
    const sy = y + load<f32>(<usize>s.dy + (<usize>i << 2));
    const left = floor(sx);
    const top = floor(sy);
    const fx = sx - left;
    const fy = sy - top;
    const x0 = <i32>left;
    const y0 = <i32>top;
    total +=
      (sampleAt(s, x0, y0, channel) * (1 - fx) + sampleAt(s, x0 + 1, y0, channel) * fx) * (1 - fy) +
      (sampleAt(s, x0, y0 + 1, channel) * (1 - fx) + sampleAt(s, x0 + 1, y0 + 1, channel) * fx) * fy;
  }
  return <f32>(total / s.count);
}

@inline
function inside(s: WarpSource, x: f64, y: f64): bool {
  return x >= s.reachX && y >= s.reachY && x < s.width - 1 - s.reachX && y < s.height - 1 - s.reachY;
}

/** Two neighbouring bytes of four places, in the 32-bit lanes. */
@inline
function pairs(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
  let v = v128.load16_lane(p0, i32x4.splat(0), 0);
  v = v128.load16_lane(p1, v, 2);
  v = v128.load16_lane(p2, v, 4);
  return v128.load16_lane(p3, v, 6);
}

/** Whole numbers, less than 2^22 away from 0, as integers: they stand in the low bits of a sum with 1.5 * 2^23. */
@inline
function toInts(whole: v128): v128 {
  return i32x4.sub(f32x4.add(whole, f32x4.splat(12582912)), i32x4.splat(0x4b400000));
}

/** 0, 1, 2 and 3 times a step, from a start. */
@inline
function fourFrom(start: f32, step: f32): v128 {
  return f32x4.add(f32x4.splat(start), f32x4.mul(f32x4.splat(step), f32x4(0, 1, 2, 3)));
}

/** Four output pixels of a plane at once, whose samples are all inside. */
function fourOfPlane(s: WarpSource, x: f64, y: f64): v128 {
  // Counted from a whole sample: in single precision a position in a large picture would be too coarse.
  const wholeX = floor(x);
  const wholeY = floor(y);
  const partX = fourFrom(<f32>(x - wholeX), <f32>s.a);
  const partY = fourFrom(<f32>(y - wholeY), <f32>s.c);
  const stride = <usize>s.stride;
  const strides = i32x4.splat(s.stride);
  const low = i32x4.splat(255);
  const pixels = <usize>s.pixels + <usize>(<i32>wholeY * s.stride + <i32>wholeX);
  const count = s.count;
  let total = f32x4.splat(0);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const sx = f32x4.add(partX, v128.load32_splat(<usize>s.dx + i));
    const sy = f32x4.add(partY, v128.load32_splat(<usize>s.dy + i));
    const left = f32x4.floor(sx);
    const top = f32x4.floor(sy);
    const at = i32x4.add(i32x4.mul(toInts(top), strides), toInts(left));
    const p0 = pixels + <usize>i32x4.extract_lane(at, 0);
    const p1 = pixels + <usize>i32x4.extract_lane(at, 1);
    const p2 = pixels + <usize>i32x4.extract_lane(at, 2);
    const p3 = pixels + <usize>i32x4.extract_lane(at, 3);
    const above = pairs(p0, p1, p2, p3);
    const below = pairs(p0 + stride, p1 + stride, p2 + stride, p3 + stride);
    const fx = f32x4.sub(sx, left);
    const upper = mix(
      f32x4.convert_i32x4_s(v128.and(above, low)),
      f32x4.convert_i32x4_s(i32x4.shr_u(above, 8)),
      fx,
    );
    const lower = mix(
      f32x4.convert_i32x4_s(v128.and(below, low)),
      f32x4.convert_i32x4_s(i32x4.shr_u(below, 8)),
      fx,
    );
    total = f32x4.add(total, mix(upper, lower, f32x4.sub(sy, top)));
  }
  return f32x4.mul(total, f32x4.splat(<f32>1 / <f32>count));
}

/** Three interleaved channels of the pixel at the start of `bytes`, as floats. */
@inline
function firstPixel(bytes: v128): v128 {
  const zero = i32x4.splat(0);
  return f32x4.convert_i32x4_s(
    v128.shuffle<u8>(bytes, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 16, 16, 16, 16),
  );
}

@inline
function secondPixel(bytes: v128, step: i32): v128 {
  const zero = i32x4.splat(0);
  return f32x4.convert_i32x4_s(
    step == 3
      ? v128.shuffle<u8>(bytes, zero, 3, 16, 16, 16, 4, 16, 16, 16, 5, 16, 16, 16, 16, 16, 16, 16)
      : v128.shuffle<u8>(bytes, zero, 4, 16, 16, 16, 5, 16, 16, 16, 6, 16, 16, 16, 16, 16, 16, 16),
  );
}

/** One output pixel of interleaved channels, whose samples are all inside: R, G, B in the first three lanes. */
function pixelOfInterleaved(s: WarpSource, x: f64, y: f64): v128 {
  const step = s.step;
  const stride = <usize>s.stride;
  const pixels = <usize>s.pixels;
  const count = s.count;
  let total = f32x4.splat(0);
  for (let i = 0; i < count; i++) {
    const sx = x + load<f32>(<usize>s.dx + (<usize>i << 2));
    const sy = y + load<f32>(<usize>s.dy + (<usize>i << 2));
    const x0 = <i32>sx;
    const y0 = <i32>sy;
    const fx = f32x4.splat(<f32>(sx - x0));
    const fy = f32x4.splat(<f32>(sy - y0));
    const at = pixels + <usize>(y0 * s.stride + x0 * step);
    const above = v128.load64_zero(at);
    const below = v128.load64_zero(at + stride);
    const upper = mix(firstPixel(above), secondPixel(above, step), fx);
    const lower = mix(firstPixel(below), secondPixel(below, step), fx);
    total = f32x4.add(total, mix(upper, lower, fy));
  }
  return f32x4.mul(total, f32x4.splat(<f32>1 / <f32>count));
}

function planeRow(s: WarpSource, y: i32, width: i32, row: usize): void {
  const startX = s.b * y + s.tx;
  const startY = s.d * y + s.ty;
  for (let ox = 0; ox < width; ox += 4, row += 16) {
    const sx = s.a * ox + startX;
    const sy = s.c * ox + startY;
    // Positions lie on a line: what holds for both its ends holds between them.
    if (inside(s, sx, sy) && inside(s, sx + 3 * s.a, sy + 3 * s.c)) {
      v128.store(row, fourOfPlane(s, sx, sy));
    } else {
      for (let k = 0; k < 4; k++) store<f32>(row + (<usize>k << 2), meanAtEdge(s, sx + k * s.a, sy + k * s.c, 0));
    }
  }
}

function interleavedRow(s: WarpSource, y: i32, width: i32, red: usize, green: usize, blue: usize): void {
  const startX = s.b * y + s.tx;
  const startY = s.d * y + s.ty;
  for (let ox = 0; ox < width; ox++, red += 4, green += 4, blue += 4) {
    const sx = s.a * ox + startX;
    const sy = s.c * ox + startY;
    if (inside(s, sx, sy)) {
      const pixel = pixelOfInterleaved(s, sx, sy);
      store<f32>(red, f32x4.extract_lane(pixel, 0));
      store<f32>(green, f32x4.extract_lane(pixel, 1));
      store<f32>(blue, f32x4.extract_lane(pixel, 2));
    } else {
      store<f32>(red, meanAtEdge(s, sx, sy, 0));
      store<f32>(green, meanAtEdge(s, sx, sy, 1));
      store<f32>(blue, meanAtEdge(s, sx, sy, 2));
    }
  }
}

/**
 * R, G, B (0..255) as rounded bytes, interleaved.
 * @param out has room for 16 bytes more
 * @returns where the next row goes
 */
function storePixels(red: usize, green: usize, blue: usize, width: i32, out: usize): usize {
  const half = f32x4.splat(0.5);
  const end = <usize>width << 2;
  for (let x: usize = 0; x < end; x += 16, out += 12) {
    const r = i32x4.trunc_sat_f32x4_s(f32x4.add(v128.load(red + x), half));
    const g = i32x4.trunc_sat_f32x4_s(f32x4.add(v128.load(green + x), half));
    const b = i32x4.trunc_sat_f32x4_s(f32x4.add(v128.load(blue + x), half));
    const packed = v128.or(v128.or(r, i32x4.shl(g, 8)), i32x4.shl(b, 16));
    v128.store(out, v128.shuffle<u8>(packed, packed, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0));
  }
  return out - <usize>((4 - (width & 3)) & 3) * 3;
}

/** out(x, y) = the mean of bilinear samples around the source position of (x, y), rounded. */
export function warp(at: usize): void {
  const job = changetype<WarpJob>(at);
  const width = job.width;
  const red = <usize>job.rows;
  const green = job.kind == 1 ? red : red + job.rowStep;
  const blue = job.kind == 1 ? red : green + job.rowStep;
  let out = <usize>job.out;
  for (let y = 0; y < job.height; y++) {
    if (job.kind < 0) {
      interleavedRow(changetype<WarpSource>(<usize>job.sources), y, width, red, green, blue);
    } else {
      for (let p = 0; p < job.kind; p++) {
        const source = changetype<WarpSource>(<usize>job.sources + <usize>p * offsetof<WarpSource>());
        planeRow(source, y, width, red + <usize>p * job.rowStep);
      }
    }
    if (job.yuv) yuvRowsToRgb(red, green, blue, width, changetype<YuvCoefficients>(<usize>job.yuvAt));
    out = storePixels(red, green, blue, width, out);
  }
}
