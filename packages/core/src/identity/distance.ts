/** Euclidean length. */
export function l2Norm(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * vector[i];
  return Math.sqrt(sum);
}

/** A copy scaled to unit length; a zero vector stays zero. */
export function l2Normalize(vector: Float32Array): Float32Array {
  const unit = vector.slice();
  normalizeInPlace(unit);
  return unit;
}

/**
 * As {@link l2Normalize}, of the vector itself.
 * @internal
 */
export function normalizeInPlace(vector: Float32Array): void {
  const norm = l2Norm(vector);
  // A loop, as `map` calls a function per value: tens of millions of them when a gallery is opened.
  if (norm > 0) for (let i = 0; i < vector.length; i++) vector[i] /= norm;
}

export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * As {@link dotProduct}, in four sums, where millions are needed: one sum would wait for itself. May differ from it in
 * the last bits.
 * @internal
 */
export function dotInFourSums(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** -1..1; 0 when either vector is zero. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  const norms = l2Norm(a) * l2Norm(b);
  return norms > 0 ? dotProduct(a, b) / norms : 0;
}

/** For unit vectors: sqrt(2 - 2 cos). */
export function euclideanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return Math.sqrt(sum);
}

/**
 * Adds `weight` times a vector to a sum of the same length, in place.
 * @internal
 */
export function addScaled(sum: Float32Array, vector: Float32Array, weight = 1): void {
  for (let i = 0; i < sum.length; i++) sum[i] += weight * vector[i];
}
