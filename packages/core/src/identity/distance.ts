/** Euclidean length. */
export function l2Norm(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * vector[i];
  return Math.sqrt(sum);
}

/** A copy scaled to unit length; a zero vector stays zero. */
export function l2Normalize(vector: Float32Array): Float32Array {
  const norm = l2Norm(vector);
  const unit = vector.slice();
  // A loop, as `map` calls a function per value: tens of millions of them when a gallery is opened.
  if (norm > 0) for (let i = 0; i < unit.length; i++) unit[i] /= norm;
  return unit;
}

export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
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
