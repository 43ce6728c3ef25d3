/** x where it is positive, slope * x where it is not: 0 is ReLU, 1 nothing at all, others PReLU. */
@inline
export function activated(x: v128, slope: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.add(f32x4.max(x, zero), f32x4.mul(slope, f32x4.min(x, zero)));
}
