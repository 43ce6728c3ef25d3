import { confidenceOf, falseAcceptRateOf, thresholdForFar, type SimilarityCurve } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const curve = (shape: number): SimilarityCurve => ({
  logistic: { slope: 10, intercept: -3 },
  bulk: { mean: 0, std: 0.1 },
  tail: { from: 0.2, rate: 0.02, scale: 0.05, shape },
  genuinePairs: 100,
  impostorPairs: 10_000,
  measuredOn: 'made up',
});
const card = (shape: number) => ({ id: 'test', thresholds: { cosine: 0.3, curve: curve(shape) } });

describe('falseAcceptRateOf', () => {
  it('falls exponentially in a tail of shape 0', () => {
    expect(falseAcceptRateOf(curve(0), 0.25)).toBeCloseTo(0.02 / Math.E, 12);
    expect(falseAcceptRateOf(curve(0), 0.3)).toBeCloseTo(0.02 / Math.E ** 2, 12);
  });
  it('falls as the generalised Pareto distribution says: (1 + 0.5 * 2)^-2 = 1/4', () => {
    expect(falseAcceptRateOf(curve(0.5), 0.3)).toBeCloseTo(0.005, 12);
  });
  it('follows the normal distribution in the bulk, and is continuous', () => {
    // P(z < 0) / P(z < 2) = 0.5 / 0.97725.
    expect(falseAcceptRateOf(curve(0), 0)).toBeCloseTo(1 - (0.98 * 0.5) / 0.9772499, 6);
    expect(falseAcceptRateOf(curve(0), 0.2 - 1e-9)).toBeCloseTo(0.02, 6);
    expect(falseAcceptRateOf(curve(0), -1)).toBeCloseTo(1, 9);
  });
});

describe('thresholdForFar', () => {
  it('is worked by hand in the tail', () => {
    expect(thresholdForFar(card(0), 0.02 / Math.E)).toBeCloseTo(0.25, 12);
    expect(thresholdForFar(card(0.5), 0.005)).toBeCloseTo(0.3, 12);
  });
  it.each([0, 0.3])('is the inverse of the rate (shape %d)', (shape) => {
    for (const rate of [0.9, 0.5, 0.1, 0.021, 0.02, 1e-3]) {
      expect(falseAcceptRateOf(curve(shape), thresholdForFar(card(shape), rate)) / rate).toBeCloseTo(1, 6);
    }
  });
  it('never asks for more than identity', () => {
    expect(thresholdForFar(card(0.5), 1e-30)).toBe(1);
  });
  it.each([0, 1, -1, NaN])('refuses the rate %d', (rate) => {
    expect(() => thresholdForFar(card(0), rate)).toThrow(/between 0 and 1/);
  });
  it('names an embedder that is not calibrated', () => {
    expect(() => thresholdForFar({ id: 'raw', thresholds: { cosine: 0.3 } }, 0.1)).toThrow(
      /"raw" has not been calibrated/,
    );
  });
});

it('confidenceOf is the logistic curve', () => {
  expect(confidenceOf(card(0), 0.3)).toBeCloseTo(0.5, 12);
  expect(confidenceOf(card(0), 0.5)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
});
