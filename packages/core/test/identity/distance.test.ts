import { cosineSimilarity, euclideanDistance, l2Norm, l2Normalize } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const a = new Float32Array([3, 4]);
const b = new Float32Array([4, 3]);

describe('vector distances', () => {
  it('match values worked by hand', () => {
    expect(l2Norm(a)).toBe(5);
    expect([...l2Normalize(a)]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(cosineSimilarity(a, b)).toBeCloseTo(24 / 25, 7);
    expect(euclideanDistance(a, b)).toBeCloseTo(Math.SQRT2, 7);
  });
  it('are related by d^2 = 2 - 2 cos for unit vectors', () => {
    const distance = euclideanDistance(l2Normalize(a), l2Normalize(b));
    expect(distance ** 2).toBeCloseTo(2 - 2 * cosineSimilarity(a, b), 6);
  });
  it('leave a zero vector alone', () => {
    expect([...l2Normalize(new Float32Array(2))]).toEqual([0, 0]);
    expect(cosineSimilarity(a, new Float32Array(2))).toBe(0);
  });
});
