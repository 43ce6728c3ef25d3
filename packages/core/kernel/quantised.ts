/**
 * Dot products of a vector in 16 bits with rows in 8 bits that lie one after the other.
 *
 * @param from address of the vector: i16, as many as a row has values
 * @param rows address of the first row
 * @param bytes of a row, padded with zeros to a multiple of 16
 * @param factor by which products are multiplied
 * @param out room for so many f32
 */
export function dots(from: usize, rows: usize, count: i32, bytes: usize, factor: f32, out: usize): void {
  for (let i = 0; i < count; i++, out += 4) {
    let low = i32x4.splat(0);
    let high = low;
    const end = rows + bytes;
    for (let a = from; rows < end; rows += 16, a += 32) {
      const row = v128.load(rows);
      low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(row), v128.load(a)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(row), v128.load(a, 16)));
    }
    const sum = i32x4.add(low, high);
    const total =
      i32x4.extract_lane(sum, 0) +
      i32x4.extract_lane(sum, 1) +
      (i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3));
    store<f32>(out, <f32>total * factor);
  }
}
