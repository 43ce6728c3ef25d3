import { eyeRegions, scaleBoxInside, softmax, type Point } from '@fr-stream/core';
import { expectedAngle, stagewiseValue } from '@fr-stream/core/decode';
import { describe, expect, it } from 'vitest';

describe('softmax', () => {
  it('by hand, and without overflow', () => {
    const p = softmax([1000, 1000 + Math.log(3)]);
    expect(p[0]).toBeCloseTo(0.25, 12);
    expect(p[1]).toBeCloseTo(0.75, 12);
  });
});

describe('expectedAngle', () => {
  it('is the expected bin in degrees', () => {
    // Half in bin 33, half in bin 35: bin 34, 34 * 3 - 99 = 3 degrees.
    const logits = Array.from({ length: 66 }, (_, i) => (i === 33 || i === 35 ? 50 : 0));
    expect(expectedAngle(logits, 3, -99)).toBeCloseTo(3, 9);
  });
});

describe('stagewiseValue', () => {
  it('adds the stages in ever finer units', () => {
    // Bin 1 of 3, then bin 2 of the 3 inside it: 1/3 + 2/9.
    const plain = (bin: number) => ({
      probabilities: [0, 1, 2].map((i) => (i === bin ? 1 : 0)),
      offsets: [0, 0, 0],
      delta: 0,
    });
    expect(stagewiseValue([plain(1), plain(2)])).toBeCloseTo(5 / 9, 12);
  });
  it('shifts bins and narrows units', () => {
    // (1 + 0.5) * 0.8 + (2 - 0.5) * 0.2 = 1.5 bins, of 1 / (3 * 1.25) each.
    const stage = { probabilities: [0, 0.8, 0.2], offsets: [9, 0.5, -0.5], delta: 0.25 };
    expect(stagewiseValue([stage])).toBeCloseTo(0.4, 12);
  });
});

describe('scaleBoxInside', () => {
  it('moves a crop that reaches out back in', () => {
    expect(scaleBoxInside({ x: 0, y: 40, width: 20, height: 20 }, 2, 101, 101)).toEqual({
      x: 0,
      y: 30,
      width: 40,
      height: 40,
    });
    expect(scaleBoxInside({ x: 80, y: 40, width: 20, height: 20 }, 2, 101, 101).x).toBe(60);
  });
  it('grows no further than the picture', () => {
    const { width, height } = scaleBoxInside({ x: 10, y: 10, width: 40, height: 50 }, 2.7, 201, 101);
    expect([width, height]).toEqual([80, 100]);
  });
});

describe('eyeRegions', () => {
  it('centres squares on the lids, sized by the corners', () => {
    const points: Point[] = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
    const put = (i: number, x: number, y: number) => (points[i] = { x, y });
    put(36, 10, 50);
    put(39, 30, 50);
    for (const i of [37, 38]) put(i, 20, 46);
    for (const i of [40, 41]) put(i, 20, 54);
    put(42, 60, 50);
    put(45, 80, 50);
    for (const i of [43, 44, 46, 47]) put(i, 70, 48);
    expect(eyeRegions({ scheme: '68', points }, 1.5)).toEqual([
      { x: 5, y: 35, width: 30, height: 30 },
      { x: 55, y: 33, width: 30, height: 30 },
    ]);
  });
  it('needs 68 points', () => {
    expect(eyeRegions(undefined, 1.6)).toBeUndefined();
    expect(eyeRegions({ scheme: '5', points: [] }, 1.6)).toBeUndefined();
  });
});
