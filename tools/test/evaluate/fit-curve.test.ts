import { confidenceOf, falseAcceptRateOf } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { fitCurve, fitLogistic, fitTail } from '../../evaluate/calibration/fit-curve.js';

/** Even quantiles of a distribution, so that fits can be exact without random numbers. */
const quantiles = (n: number, inverse: (p: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => inverse((i + 0.5) / n));

describe('fitTail', () => {
  it('finds an exponential tail', () => {
    const { scale, shape } = fitTail(quantiles(20_000, (p) => -0.05 * Math.log(1 - p)));
    expect(scale).toBeCloseTo(0.05, 3);
    expect(Math.abs(shape)).toBeLessThan(0.02);
  });
  it('finds a generalised Pareto tail of shape 0.2', () => {
    const { scale, shape } = fitTail(quantiles(20_000, (p) => (0.04 / 0.2) * ((1 - p) ** -0.2 - 1)));
    expect(scale).toBeCloseTo(0.04, 3);
    expect(shape).toBeCloseTo(0.2, 2);
  });
  it('takes the exponential where the sample suggests a bounded tail', () => {
    // Uniform on 0..0.1: shape -1; the mean excess is 0.05.
    const { scale, shape } = fitTail(quantiles(1000, (p) => 0.1 * p));
    expect(shape).toBe(0);
    expect(scale).toBeCloseTo(0.05, 9);
  });
});

describe('fitLogistic', () => {
  it('recovers the log odds of two normal distributions', () => {
    // Equal spread s, means m1 and m0: log odds = (m1 - m0) / s² * x - (m1² - m0²) / 2s². Normal samples by Box-Muller
    // from a grid, so that the test does not depend on chance.
    const grid = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200);
    const normal = grid.flatMap((u) =>
      grid.map((v) => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)),
    );
    const sample = (mean: number) => Float64Array.from(normal, (z) => mean + 0.1 * z).sort();
    const { slope, intercept } = fitLogistic({ genuine: sample(0.3), impostor: sample(0.1) });
    expect(slope).toBeCloseTo(0.2 / 0.01, 0);
    expect(intercept).toBeCloseTo(-(0.09 - 0.01) / 0.02, 0);
  });
});

it('fitCurve reproduces the rates that were counted', () => {
  const impostor = Float64Array.from(quantiles(50_000, (p) => -0.03 * Math.log(1 - p))).sort();
  const genuine = Float64Array.from(quantiles(100, (p) => 0.4 + 0.3 * p)).sort();
  const curve = fitCurve({ genuine, impostor }, 'made up');
  for (const rate of [1e-2, 1e-3, 1e-4]) {
    // The exact quantile of the exponential.
    expect(falseAcceptRateOf(curve, -0.03 * Math.log(rate)) / rate).toBeCloseTo(1, 0);
  }
  const card = { id: 'x', thresholds: { cosine: 0, curve } };
  expect(confidenceOf(card, 0.5)).toBeGreaterThan(0.95);
  expect(confidenceOf(card, 0.05)).toBeLessThan(0.05);
  expect(() => fitCurve({ genuine, impostor: impostor.slice(0, 10) }, 'x')).toThrow(/at least 1000 pairs/);
});
