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

/** One stage of soft stagewise regression. */
export interface RegressionStage {
  readonly probabilities: ArrayLike<number>;
  /** Shift of each bin, in bins. */
  readonly offsets: ArrayLike<number>;
  /** By which share the bins are narrower. */
  readonly delta: number;
}

/**
 * The value of soft stagewise regression, 0..1 (Yang et al., "SSR-Net: A Compact Soft Stagewise Regression Network for
 * Age Estimation", IJCAI 2018): each stage adds its expected bin, in units that all stages so far have divided.
 */
export function stagewiseValue(stages: readonly RegressionStage[]): number {
  let unit = 1;
  let value = 0;
  for (const { probabilities, offsets, delta } of stages) {
    unit /= probabilities.length * (1 + delta);
    for (let bin = 0; bin < probabilities.length; bin++) {
      value += probabilities[bin] * (bin + offsets[bin]) * unit;
    }
  }
  return value;
}
