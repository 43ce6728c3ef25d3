import { ArgumentError, type SimilarityCurve } from '@fr-stream/core';
import type { ScoreSets } from '../metrics/verification.js';

/** Share of the different-person pairs that the tail is fitted to. */
const TAIL_SHARE = 0.02;

/**
 * Generalised Pareto distribution by probability-weighted moments (Hosking & Wallis, Technometrics 29(3), 1987), with
 * the shape kept at 0 or above: a bounded tail, which small samples often suggest, would promise that no stranger is
 * ever more alike. At shape 0 (exponential) the scale is the mean excess.
 * @param excesses above the threshold, ascending.
 */
export function fitTail(excesses: readonly number[]): { readonly scale: number; readonly shape: number } {
  const n = excesses.length;
  const mean = excesses.reduce((sum, value) => sum + value, 0) / n;
  // Estimates E[X (1 - F(X))], F by plotting positions (i - 0.35) / n.
  const weighted = excesses.reduce((sum, value, i) => sum + value * (1 - (i + 0.65) / n), 0) / n;
  const k = mean / (mean - 2 * weighted) - 2;
  if (-k <= 0) return { scale: mean, shape: 0 };
  return { scale: (2 * mean * weighted) / (mean - 2 * weighted), shape: -k };
}

/**
 * Logistic regression of "one person" on the score by Newton's method, both classes weighted alike. A little ridge
 * keeps the slope finite where the classes do not overlap.
 */
export function fitLogistic({ genuine, impostor }: ScoreSets): {
  readonly slope: number;
  readonly intercept: number;
} {
  const ridge = 1e-5;
  const sets: readonly [Float64Array, number][] = [
    [genuine.filter(Number.isFinite), 1],
    [impostor.filter(Number.isFinite), 0],
  ];
  const loss = (slope: number, intercept: number): number =>
    sets.reduce(
      (sum, [scores, label]) => {
        let part = 0;
        for (const score of scores) {
          const z = (label === 1 ? 1 : -1) * (slope * score + intercept);
          part += z > 0 ? Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)) - z;
        }
        return sum + part / scores.length;
      },
      (ridge * slope * slope) / 2,
    );
  let slope = 0;
  let intercept = 0;
  for (let round = 0; round < 100; round++) {
    let [gs, gi, hss, hsi, hii] = [ridge * slope, 0, ridge, 0, 1e-12];
    for (const [scores, label] of sets) {
      const weight = 1 / scores.length;
      for (const score of scores) {
        const p = 1 / (1 + Math.exp(-(slope * score + intercept)));
        const error = (p - label) * weight;
        const curvature = p * (1 - p) * weight;
        gs += error * score;
        gi += error;
        hss += curvature * score * score;
        hsi += curvature * score;
        hii += curvature;
      }
    }
    const determinant = hss * hii - hsi * hsi;
    const ds = (hii * gs - hsi * gi) / determinant;
    const di = (hss * gi - hsi * gs) / determinant;
    // Halve the step until it does not make things worse: Newton's method overshoots on steep curves.
    const before = loss(slope, intercept);
    let step = 1;
    while (step > 1e-6 && !(loss(slope - step * ds, intercept - step * di) <= before)) step /= 2;
    slope -= step * ds;
    intercept -= step * di;
    if (Math.hypot(ds, di) * step < 1e-8) break;
  }
  return { slope, intercept };
}

/**
 * Fits what a card stores of an embedder's similarities.
 * @throws ArgumentError when there are fewer than 1000 different-person pairs or no same-person pair.
 */
export function fitCurve(sets: ScoreSets, measuredOn: string): SimilarityCurve {
  const { genuine, impostor } = sets;
  if (impostor.length < 1000 || genuine.length < 20) {
    throw new ArgumentError(
      `A curve needs at least 1000 pairs of different people and 20 of one, not ${impostor.length} and ${genuine.length}.`,
      { hint: 'Use more photos: 50 people with two photos each are enough for a rough one.' },
    );
  }
  const n = impostor.length;
  const mean = impostor.reduce((sum, value) => sum + value, 0) / n;
  const std = Math.sqrt(impostor.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const inTail = Math.floor(n * TAIL_SHARE);
  const from = impostor[n - inTail - 1];
  const excesses = Array.from(impostor.subarray(n - inTail), (value) => value - from);
  const round = (value: number): number => Number(value.toPrecision(6));
  const tail = fitTail(excesses);
  const logistic = fitLogistic(sets);
  return {
    logistic: { slope: round(logistic.slope), intercept: round(logistic.intercept) },
    bulk: { mean: round(mean), std: round(std) },
    tail: { from: round(from), rate: round(inTail / n), scale: round(tail.scale), shape: round(tail.shape) },
    genuinePairs: genuine.length,
    impostorPairs: n,
    measuredOn,
  };
}
