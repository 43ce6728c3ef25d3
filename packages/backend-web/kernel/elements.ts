import { activated } from './activation';

/** Sums of f32; `count` is a multiple of 4. */
export function add(left: usize, right: usize, count: i32, out: usize): void {
  for (const end = out + ((<usize>count) << 2); out < end; out += 16, left += 16, right += 16)
    v128.store(out, f32x4.add(v128.load(left), v128.load(right)));
}

/** f32 times one number, plus another; `count` is a multiple of 4. */
export function affine(source: usize, count: i32, factor: f32, offset: f32, out: usize): void {
  const times = f32x4.splat(factor);
  const plus = f32x4.splat(offset);
  for (const end = out + ((<usize>count) << 2); out < end; out += 16, source += 16)
    v128.store(out, f32x4.add(f32x4.mul(v128.load(source), times), plus));
}

/** PReLU of pixels with `depth` values, a multiple of 4. */
export function activate(source: usize, pixels: i32, depth: i32, slope: usize, out: usize): void {
  const bytes = (<usize>depth) << 2;
  for (let i = 0; i < pixels; i++, source += bytes, out += bytes)
    for (let b: usize = 0; b < bytes; b += 16)
      v128.store(out + b, activated(v128.load(source + b), v128.load(slope + b)));
}

/** Rows of f32 from one place to another; strides in bytes. */
export function copyRows(
  source: usize,
  sourceStride: usize,
  out: usize,
  stride: usize,
  floats: i32,
  rows: i32,
): void {
  const bytes = (<usize>floats) << 2;
  for (let i = 0; i < rows; i++, source += sourceStride, out += stride) memory.copy(out, source, bytes);
}

/** The largest of each window that lies in the picture; pixels have `depth` values, a multiple of 4. */
export function maxPool(
  source: usize,
  width: i32,
  height: i32,
  depth: i32,
  windowX: i32,
  windowY: i32,
  strideX: i32,
  strideY: i32,
  padX: i32,
  padY: i32,
  outWidth: i32,
  outHeight: i32,
  out: usize,
): void {
  const bytes = (<usize>depth) << 2;
  for (let y = 0; y < outHeight; y++) {
    const top = y * strideY - padY;
    for (let x = 0; x < outWidth; x++, out += bytes) {
      const left = x * strideX - padX;
      for (let b: usize = 0; b < bytes; b += 16) {
        let most = f32x4.splat(-Infinity);
        for (let j = max(top, 0); j < min(top + windowY, height); j++)
          for (let k = max(left, 0); k < min(left + windowX, width); k++)
            most = f32x4.max(most, v128.load(source + <usize>(j * width + k) * bytes + b));
        v128.store(out + b, most);
      }
    }
  }
}

/** Planes, one for each channel, to pixels of `depth` values, those beyond `channels` zero. */
export function toChannels(source: usize, pixels: i32, channels: i32, depth: i32, out: usize): void {
  const bytes = (<usize>depth) << 2;
  const plane = (<usize>pixels) << 2;
  memory.fill(out, 0, <usize>pixels * bytes);
  for (let c = 0; c < channels; c++) {
    let from = source + <usize>c * plane;
    let to = out + ((<usize>c) << 2);
    for (let i = 0; i < pixels; i++, from += 4, to += bytes) store<f32>(to, load<f32>(from));
  }
}

/** Pixels of `depth` values to planes of the first `channels`. */
export function toPlanes(source: usize, pixels: i32, channels: i32, depth: i32, out: usize): void {
  const bytes = (<usize>depth) << 2;
  for (let c = 0; c < channels; c++) {
    let from = source + ((<usize>c) << 2);
    for (let i = 0; i < pixels; i++, from += bytes, out += 4) store<f32>(out, load<f32>(from));
  }
}
