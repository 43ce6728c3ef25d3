import { describe, expect, it } from 'vitest';
import { areaUnderRoc, fitLogistic, predict } from '../../evaluate/belief/logistic.js';

describe('fitLogistic', () => {
  it('finds the weights that shares were made with', () => {
    const samples = [];
    for (let x = -3; x <= 3; x += 0.5)
      for (let y = -2; y <= 2; y += 0.5)
        samples.push({ features: [x, y], target: 1 / (1 + Math.exp(-(1.5 * x - 0.7 * y + 0.4))) });
    const weights = fitLogistic(samples, 0);
    [1.5, -0.7, 0.4].forEach((value, i) => expect(weights[i]).toBeCloseTo(value, 4));
    expect(predict(weights, [0, 0])).toBeCloseTo(1 / (1 + Math.exp(-0.4)), 4);
  });

  it('ends where a feature tells all, with finite weights', () => {
    const samples = [-2, -1, 1, 2].map((x) => ({ features: [x], target: Number(x > 0) }));
    const [slope, constant] = fitLogistic(samples);
    expect(slope).toBeGreaterThan(1);
    expect(Number.isFinite(slope)).toBe(true);
    expect(constant).toBeCloseTo(0, 6);
  });
});

describe('areaUnderRoc', () => {
  it('is the share of pairs in the right order, ties half', () => {
    expect(areaUnderRoc([3, 2], [1, 0])).toBe(1);
    expect(areaUnderRoc([1], [1])).toBe(0.5);
    expect(areaUnderRoc([2, 0], [1])).toBe(0.5);
  });
});
