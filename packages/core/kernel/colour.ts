/** Coefficients of Y'CbCr -> R'G'B', five f32 and the offset of Y first. */
@unmanaged
export class YuvCoefficients {
  yOffset: f32;
  y: f32;
  rv: f32;
  gu: f32;
  gv: f32;
  bu: f32;
}

/**
 * Turns rows of Y, U, V (0..255) into R, G, B (0..255, clamped), in place, `count` values rounded up to a multiple of
 * four, for which there must be room.
 */
export function yuvRowsToRgb(y: usize, u: usize, v: usize, count: i32, k: YuvCoefficients): void {
  const zero = f32x4.splat(0);
  const white = f32x4.splat(255);
  const half = f32x4.splat(128);
  const yOffset = f32x4.splat(k.yOffset);
  const yScale = f32x4.splat(k.y);
  const rv = f32x4.splat(k.rv);
  const gu = f32x4.splat(k.gu);
  const gv = f32x4.splat(k.gv);
  const bu = f32x4.splat(k.bu);
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const luma = f32x4.mul(f32x4.sub(v128.load(y + i), yOffset), yScale);
    const cb = f32x4.sub(v128.load(u + i), half);
    const cr = f32x4.sub(v128.load(v + i), half);
    const red = f32x4.add(luma, f32x4.mul(rv, cr));
    const green = f32x4.add(luma, f32x4.add(f32x4.mul(gu, cb), f32x4.mul(gv, cr)));
    const blue = f32x4.add(luma, f32x4.mul(bu, cb));
    v128.store(y + i, f32x4.pmin(white, f32x4.pmax(zero, red)));
    v128.store(u + i, f32x4.pmin(white, f32x4.pmax(zero, green)));
    v128.store(v + i, f32x4.pmin(white, f32x4.pmax(zero, blue)));
  }
}
