/** u16 sums of `rows` rows, byte by byte. `bytes` is rounded up to a multiple of 16, for which there must be room. */
function sumBlockRows(source: usize, stride: usize, rows: i32, bytes: i32, sums: usize): void {
  for (let i = 0; i < bytes; i += 16, source += 16, sums += 32) {
    let low = i32x4.splat(0);
    let high = low;
    for (let r = 0, at = source; r < rows; r++, at += stride) {
      const pixels = v128.load(at);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(pixels));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(pixels));
    }
    v128.store(sums, low);
    v128.store(sums, high, 16);
  }
}

/**
 * Reduces a picture by a whole factor: each output sample is the mean of a block, rounded. Blocks at the right and
 * lower edge may be cut off.
 *
 * @param step bytes between neighbouring samples, all of which are reduced: 1, or 3 or 4 interleaved channels
 * @param width of the source in samples
 * @param factor 2 to 256
 * @param out ceil(width / factor) x ceil(height / factor) samples
 * @param sums room for a source row, u16
 */
export function reduce(
  source: usize,
  stride: i32,
  step: i32,
  width: i32,
  height: i32,
  factor: i32,
  out: usize,
  sums: usize,
): void {
  for (let y = 0; y < height; y += factor) {
    const rows = min(factor, height - y);
    sumBlockRows(source + <usize>(y * stride), stride, rows, width * step, sums);
    for (let x = 0; x < width; x += factor) {
      const columns = min(factor, width - x);
      const share = <f32>1 / <f32>(rows * columns);
      for (let c = 0; c < step; c++) {
        let at = sums + <usize>(x * step + c) * 2;
        let sum: u32 = 0;
        for (let i = 0; i < columns; i++, at += <usize>step << 1) sum += load<u16>(at);
        store<u8>(out++, <i32>(<f32>(<i32>sum) * share + 0.5));
      }
    }
  }
}
