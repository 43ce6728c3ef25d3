/** Rows of features, and what is to be told from them, 0..1. */
export interface Sample {
  readonly features: readonly number[];
  readonly target: number;
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** Weights of the features, and last the constant. */
export type Weights = readonly number[];

export function predict(weights: Weights, features: readonly number[]): number {
  return sigmoid(features.reduce((sum, value, i) => sum + value * weights[i], weights[features.length]));
}

/**
 * Logistic regression by Newton's method (iteratively reweighted least squares), with a small ridge so that it ends where
 * a feature tells all. Targets between 0 and 1 are taken as shares.
 * @param ridge added to the diagonal, per sample. Default 1e-3.
 */
export function fitLogistic(samples: readonly Sample[], ridge = 1e-3): Weights {
  const size = (samples[0]?.features.length ?? 0) + 1;
  const weights = new Array<number>(size).fill(0);
  for (let round = 0; round < 50; round++) {
    const gradient = new Array<number>(size).fill(0);
    const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (const { features, target } of samples) {
      const row = [...features, 1];
      const p = predict(weights, features);
      for (let i = 0; i < size; i++) {
        gradient[i] += (target - p) * row[i];
        for (let j = 0; j < size; j++) hessian[i][j] += p * (1 - p) * row[i] * row[j];
      }
    }
    for (let i = 0; i < size; i++) {
      // The constant is free.
      const share = i < size - 1 ? ridge * samples.length : 1e-9;
      gradient[i] -= share * weights[i];
      hessian[i][i] += share;
    }
    const step = solve(hessian, gradient);
    for (let i = 0; i < size; i++) weights[i] += step[i];
    if (Math.max(...step.map(Math.abs)) < 1e-6) break;
  }
  return weights;
}

/** Gaussian elimination with partial pivoting; both arguments are used up. */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) pivot = row;
    [matrix[column], matrix[pivot]] = [matrix[pivot], matrix[column]];
    [right[column], right[pivot]] = [right[pivot], right[column]];
    for (let row = column + 1; row < size; row++) {
      const factor = matrix[row][column] / matrix[column][column];
      for (let k = column; k < size; k++) matrix[row][k] -= factor * matrix[column][k];
      right[row] -= factor * right[column];
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) right[row] -= matrix[row][k] * right[k];
    right[row] /= matrix[row][row];
  }
  return right;
}

/** Area under the ROC curve: the chance that a positive has a higher score than a negative, ties half. */
export function areaUnderRoc(positives: readonly number[], negatives: readonly number[]): number {
  let better = 0;
  for (const p of positives) for (const n of negatives) better += p > n ? 1 : p === n ? 0.5 : 0;
  return better / (positives.length * negatives.length);
}
