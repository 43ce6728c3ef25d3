/**
 * A unit vector in 8 bits a number: value `i` is near `values[i] * scale`.
 * @property values -127..127
 * @property scale > 0
 * @property error Euclidean distance to the vector itself: a dot product with any unit vector is off by no more than this.
 */
export interface QuantisedVector {
  readonly values: Int8Array;
  readonly scale: number;
  readonly error: number;
}

const MOST = 127;

/**
 * Scalar quantisation, symmetric, by the vector's own largest value: for a first look at many vectors, of which those that
 * may matter are measured again (Jégou, Douze, Schmid 2011, "Product quantization for nearest neighbor search", calls this
 * re-ranking).
 */
export function quantise(vector: Float32Array): QuantisedVector {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]));
  const scale = Math.fround(Math.max(largest, 1e-9) / MOST);
  const values = new Int8Array(vector.length);
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    values[i] = Math.max(-MOST, Math.min(MOST, Math.round(vector[i] / scale)));
    squares += (vector[i] - values[i] * scale) ** 2;
  }
  // Kept in single precision by most: rounded up, so that it stays a bound.
  return { values, scale, error: Math.fround(Math.sqrt(squares) * (1 + 1e-6) + 1e-7) };
}

/**
 * @param rows quantised vectors of this length, one after the other.
 * @returns the dot product of a vector with the row at `index`, before it is scaled.
 */
export function quantisedDot(vector: Float32Array, rows: Int8Array, index: number): number {
  const { length } = vector;
  let at = index * length;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4, at += 4) {
    s0 += vector[i] * rows[at];
    s1 += vector[i + 1] * rows[at + 1];
    s2 += vector[i + 2] * rows[at + 2];
    s3 += vector[i + 3] * rows[at + 3];
  }
  for (; i < length; i++, at++) s0 += vector[i] * rows[at];
  return s0 + s1 + (s2 + s3);
}

/** The vectors that quantised ones stand for, in single precision. @param rows one after the other, a scale each. */
export function dequantise(rows: Int8Array, scales: Float32Array): readonly Float32Array[] {
  const dimensions = rows.length / Math.max(1, scales.length);
  return Array.from(scales, (scale, row) => {
    const vector = new Float32Array(dimensions);
    const start = row * dimensions;
    for (let i = 0; i < dimensions; i++) vector[i] = rows[start + i] * scale;
    return vector;
  });
}
