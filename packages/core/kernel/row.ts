/** Rows of samples: made of source rows, then resampled along x. All steps run over memory that is in the caches. */

/** How samples along an axis make one: `taps` of them alike, or (`lerp`) two by a weight. */
@unmanaged
export class Axis {
  /** 1 to 4. */
  taps: i32;
  lerp: i32;
  /** `taps` distances per output, i32: of rows in bytes, within a row in samples. */
  at: u32;
  /** Of the second of two taps, per output, f32; only for `lerp`. */
  weight: u32;
  /** Each sample is used once, in order, so that `at` need not be looked at. */
  dense: i32;
}

/** a + (b - a) * share. */
@inline
export function mix(a: v128, b: v128, share: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), share));
}

/** Sixteen bytes as four vectors of floats: the first, second, third and fourth four. */
@inline
function floatsOf(bytes: v128, quarter: i32): v128 {
  const words = quarter < 2 ? i16x8.extend_low_i8x16_u(bytes) : i16x8.extend_high_i8x16_u(bytes);
  const longs = quarter & 1 ? i32x4.extend_high_i16x8_u(words) : i32x4.extend_low_i16x8_u(words);
  // Signed on purpose, here and elsewhere: processors convert signed numbers in one instruction, unsigned in eight.
  return f32x4.convert_i32x4_s(longs);
}

/** row[i] = byte i between two rows, f32. `count` is rounded up to a multiple of 16, for which there must be room. */
export function lerpRows(above: usize, below: usize, weight: f32, count: i32, row: usize): void {
  const share = f32x4.splat(weight);
  for (let i = 0; i < count; i += 16, row += 64) {
    const a = v128.load(above + i);
    const b = v128.load(below + i);
    v128.store(row, mix(floatsOf(a, 0), floatsOf(b, 0), share));
    v128.store(row, mix(floatsOf(a, 1), floatsOf(b, 1), share), 16);
    v128.store(row, mix(floatsOf(a, 2), floatsOf(b, 2), share), 32);
    v128.store(row, mix(floatsOf(a, 3), floatsOf(b, 3), share), 48);
  }
}

/** row[i] = the sum of byte i of two to four rows, u16. `count` as for `lerpRows`. @param at distances of the rows */
export function sumRows(source: usize, at: usize, taps: i32, count: i32, row: usize): void {
  const first = source + <usize>load<i32>(at);
  const second = source + <usize>load<i32>(at, 4);
  if (taps == 2) {
    for (let i = 0; i < count; i += 16, row += 32) {
      const a = v128.load(first + i);
      const b = v128.load(second + i);
      v128.store(row, i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b)));
      v128.store(row, i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b)), 16);
    }
    return;
  }
  const third = source + <usize>load<i32>(at, 8);
  if (taps == 3) {
    for (let i = 0; i < count; i += 16, row += 32) {
      const a = v128.load(first + i);
      const b = v128.load(second + i);
      const c = v128.load(third + i);
      const low = i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b));
      const high = i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b));
      v128.store(row, i16x8.add(low, i16x8.extend_low_i8x16_u(c)));
      v128.store(row, i16x8.add(high, i16x8.extend_high_i8x16_u(c)), 16);
    }
    return;
  }
  const fourth = source + <usize>load<i32>(at, 12);
  for (let i = 0; i < count; i += 16, row += 32) {
    const a = v128.load(first + i);
    const b = v128.load(second + i);
    const c = v128.load(third + i);
    const d = v128.load(fourth + i);
    const lowAb = i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b));
    const highAb = i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b));
    const lowCd = i16x8.add(i16x8.extend_low_i8x16_u(c), i16x8.extend_low_i8x16_u(d));
    const highCd = i16x8.add(i16x8.extend_high_i8x16_u(c), i16x8.extend_high_i8x16_u(d));
    v128.store(row, i16x8.add(lowAb, lowCd));
    v128.store(row, i16x8.add(highAb, highCd), 16);
  }
}

/** out[o] = byte o, f32. Reads, and writes, up to a multiple of 16. */
function denseBytes(row: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i += 16, row += 16, out += 64) {
    const bytes = v128.load(row);
    v128.store(out, floatsOf(bytes, 0));
    v128.store(out, floatsOf(bytes, 1), 16);
    v128.store(out, floatsOf(bytes, 2), 32);
    v128.store(out, floatsOf(bytes, 3), 48);
  }
}

/** out[o] = the sum of two u16 times `scale`. Reads, and writes, up to a multiple of four outputs. */
function densePairs(row: usize, count: i32, scale: f32, out: usize): void {
  const factor = f32x4.splat(scale);
  for (let o = 0; o < count; o += 4, row += 16, out += 16) {
    const sums = i32x4.extadd_pairwise_i16x8_u(v128.load(row));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(sums), factor));
  }
}

/** out[o] = the sum of four u16 times `scale`. As `densePairs`. */
function denseFours(row: usize, count: i32, scale: f32, out: usize): void {
  const factor = f32x4.splat(scale);
  for (let o = 0; o < count; o += 4, row += 32, out += 16) {
    const left = i32x4.extadd_pairwise_i16x8_u(v128.load(row));
    const right = i32x4.extadd_pairwise_i16x8_u(v128.load(row, 16));
    const sums = i32x4.add(
      v128.shuffle<i32>(left, right, 0, 2, 4, 6),
      v128.shuffle<i32>(left, right, 1, 3, 5, 7),
    );
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(sums), factor));
  }
}

@inline
function sampleOf<T>(row: usize, at: usize, tap: usize): T {
  return load<T>(row + (<usize>load<i32>(at + (tap << 2)) << alignof<T>()));
}

/** The sum of two to four samples, in 32 bits: that of two bytes may be none. */
@inline
function sumOf<T>(row: usize, at: usize, taps: i32): f32 {
  if (isFloat<T>()) {
    let sum = <f32>sampleOf<T>(row, at, 0) + <f32>sampleOf<T>(row, at, 1);
    if (taps > 2) sum += <f32>sampleOf<T>(row, at, 2);
    if (taps > 3) sum += <f32>sampleOf<T>(row, at, 3);
    return sum;
  }
  let sum = <i32>sampleOf<T>(row, at, 0) + <i32>sampleOf<T>(row, at, 1);
  if (taps > 2) sum += <i32>sampleOf<T>(row, at, 2);
  if (taps > 3) sum += <i32>sampleOf<T>(row, at, 3);
  return <f32>sum;
}

/**
 * out[o] = the weighted mean of samples of `row`, times `scale`.
 *
 * @param count outputs, f32
 */
export function sampleRow<T>(row: usize, x: Axis, count: i32, scale: f32, out: usize): void {
  const end = out + (<usize>count << 2);
  let at = <usize>x.at;
  const taps = x.taps;
  if (x.dense) {
    if (sizeof<T>() == 1 && taps == 1) return denseBytes(row, count, out);
    if (sizeof<T>() == 2 && taps == 2) return densePairs(row, count, scale / 2, out);
    if (sizeof<T>() == 2 && taps == 4) return denseFours(row, count, scale / 4, out);
  }
  if (x.lerp) {
    for (let weight = <usize>x.weight; out < end; out += 4, at += 8, weight += 4) {
      const left = <f32>sampleOf<T>(row, at, 0);
      const right = <f32>sampleOf<T>(row, at, 1);
      store<f32>(out, (left + (right - left) * load<f32>(weight)) * scale);
    }
  } else if (taps == 1) {
    for (; out < end; out += 4, at += 4) store<f32>(out, <f32>sampleOf<T>(row, at, 0) * scale);
  } else if (taps == 2) {
    const share = scale / 2;
    for (; out < end; out += 4, at += 8) store<f32>(out, sumOf<T>(row, at, 2) * share);
  } else if (taps == 3) {
    const share = scale / 3;
    for (; out < end; out += 4, at += 12) store<f32>(out, sumOf<T>(row, at, 3) * share);
  } else {
    const share = scale / 4;
    for (; out < end; out += 4, at += 16) store<f32>(out, sumOf<T>(row, at, 4) * share);
  }
}
