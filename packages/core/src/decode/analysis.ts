/** Probabilities of logits; sums to 1. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) highest = Math.max(highest, logits[i]);
  const result = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += result[i] = Math.exp(logits[i] - highest);
  for (let i = 0; i < result.length; i++) result[i] /= sum;
  return result;
}

/**
 * The angle that a net gives as logits over bins: the expected bin, in degrees (Ruiz, Chong, Rehg, "Fine-Grained Head
 * Pose Estimation Without Keypoints", CVPRW 2018).
 * @param degreesPerBin width of a bin
 * @param firstDegrees angle of bin 0
 */
export function expectedAngle(
  logits: ArrayLike<number>,
  degreesPerBin: number,
  firstDegrees: number,
): number {
  return softmax(logits).reduce((sum, p, i) => sum + p * i, 0) * degreesPerBin + firstDegrees;
}
