/** Activations are rounded to whole numbers of at most this size, 13 bits with the sign taken off. */
const MOST: f32 = 8191;
/** 1.5 * 2^23: added to a small number, the sum's lowest bits are the number rounded to a whole one (half to even). */
const SHIFT: f32 = 12582912;
/** The bits of SHIFT. */
const BITS: i32 = 0x4b400000;

/** The largest size among floats. @param count a multiple of 8 */
export function largest(from: usize, count: i32): f32 {
  const end = from + ((<usize>count) << 2);
  let low = f32x4.splat(0);
  let high = low;
  for (; from < end; from += 32) {
    low = f32x4.max(low, f32x4.abs(v128.load(from)));
    high = f32x4.max(high, f32x4.abs(v128.load(from, 16)));
  }
  low = f32x4.max(low, high);
  return max(
    max(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    max(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  );
}

/** What is multiplied with before rounding, where the largest size is `most`. Almost nothing is nothing: its inverse would not be finite. */
export function factorOf(most: f32): f32 {
  return most > 1e-30 ? MOST / most : 0;
}

/** What one whole number stands for then. */
export function unitOf(most: f32): f32 {
  return most > 1e-30 ? most / MOST : 0;
}

/**
 * Rounds floats to 16-bit whole numbers.
 *
 * @param from f32, finite
 * @param count a multiple of 8
 * @param to room for so many i16
 */
export function round(from: usize, count: i32, factor: f32, to: usize): void {
  const end = from + ((<usize>count) << 2);
  const times = f32x4.splat(factor);
  const shift = f32x4.splat(SHIFT);
  const bits = i32x4.splat(BITS);
  for (; from < end; from += 32, to += 16) {
    const first = i32x4.sub(f32x4.add(f32x4.mul(v128.load(from), times), shift), bits);
    const second = i32x4.sub(f32x4.add(f32x4.mul(v128.load(from, 16), times), shift), bits);
    v128.store(to, i16x8.narrow_i32x4_s(first, second));
  }
}

/** As {@link round}, four of them. */
export function roundFour(from: usize, factor: f32, to: usize): void {
  const rounded = f32x4.add(f32x4.mul(v128.load(from), f32x4.splat(factor)), f32x4.splat(SHIFT));
  const whole = i32x4.sub(rounded, i32x4.splat(BITS));
  v128.store64_lane(to, i16x8.narrow_i32x4_s(whole, whole), 0);
}
