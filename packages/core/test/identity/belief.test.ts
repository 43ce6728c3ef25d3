import { evidenceOf, expectedSimilarity, pictureBelief } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const portrait = { score: 0.9999, size: 120, sharpness: 150, yaw: 0.05 };
const norms = { mean: 3, std: 0.4 };

describe('pictureBelief', () => {
  it('believes a portrait, and neither a dark smear nor a speck', () => {
    expect(pictureBelief(portrait)).toBeGreaterThan(0.95);
    expect(pictureBelief({ score: 0.72, size: 24, sharpness: 2, yaw: 0.1 })).toBeLessThan(0.2);
  });
  it('weighs, and does not forbid: a soft, turned face of film weighs less, not nothing', () => {
    const soft = pictureBelief({ ...portrait, sharpness: 8, size: 110 });
    expect(soft).toBeGreaterThan(0.5);
    const turned = pictureBelief({ ...portrait, sharpness: 8, size: 110, yaw: 0.9 });
    expect(turned).toBeGreaterThan(0.2);
    expect(turned).toBeLessThan(soft);
  });
  it.each(['score', 'size', 'sharpness'] as const)('grows with %s', (figure) => {
    const worse = { ...portrait, [figure]: portrait[figure] / 2 };
    expect(pictureBelief(worse)).toBeLessThan(pictureBelief(portrait));
  });
  it('believes landmarks less that fill less of their box, and no more than all of it', () => {
    const [front, cheek] = [
      pictureBelief({ ...portrait, span: 0.95 }),
      pictureBelief({ ...portrait, span: 0.7 }),
    ];
    expect(front).toBeGreaterThan(0.9);
    // A quarter of the box, worth 6.2 on the logistic scale each.
    expect(Math.log(front / (1 - front)) - Math.log(cheek / (1 - cheek))).toBeCloseTo(0.25 * 6.2, 9);
    expect(pictureBelief({ ...portrait, span: 1.2 })).toBe(pictureBelief({ ...portrait, span: 1 }));
  });
  it('takes scores of 0 and 1 for what they are worth, not for certainties', () => {
    for (const score of [0, 1]) expect(Number.isFinite(pictureBelief({ ...portrait, score }))).toBe(true);
  });
});

describe('expectedSimilarity', () => {
  it('goes by the norm where it is known how norms lie', () => {
    const good = expectedSimilarity(portrait, 3.8, norms);
    const hollow = expectedSimilarity(portrait, 2, norms);
    expect(good).toBeGreaterThan(0.75);
    expect(hollow).toBeLessThan(good - 0.3);
    // Two standard deviations, each worth 0.41 on the logistic scale.
    expect(Math.log(good / (1 - good)) - Math.log(hollow / (1 - hollow))).toBeCloseTo(0.41 * (1.8 / 0.4), 9);
  });
  it('expects of a cheek that was taken for a face less than its size and score say', () => {
    const of = (span: number): number => expectedSimilarity({ ...portrait, span }, 2.2, norms);
    expect(of(0.72)).toBeLessThan(of(0.95) - 0.05);
    // On the scale of pictures without: a portrait of a usual norm has the same within a few hundredths.
    const usual = expectedSimilarity({ ...portrait, span: 0.95 }, 3.4, norms);
    expect(Math.abs(usual - expectedSimilarity(portrait, 3.4, norms))).toBeLessThan(0.05);
  });
  it('goes by the picture where it is not', () => {
    expect(expectedSimilarity(portrait, 99)).toBe(expectedSimilarity(portrait));
    expect(expectedSimilarity(portrait)).toBeGreaterThan(0.65);
    expect(expectedSimilarity({ ...portrait, score: 0.75, sharpness: 3, size: 25 })).toBeLessThan(0.5);
  });
});

describe('evidenceOf', () => {
  it('is signal over noise: 1 for a portrait, s / (1 - s²) against 0.7 / 0.51 below', () => {
    expect(evidenceOf(0.7)).toBe(1);
    expect(evidenceOf(0.9)).toBe(1);
    expect(evidenceOf(0.35)).toBeCloseTo(0.35 / (1 - 0.35 ** 2) / (0.7 / 0.51), 12);
    expect(evidenceOf(-0.2)).toBe(0.01);
  });
});
