import { clipBox, iou, scaleBox } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

describe('iou', () => {
  const unit = { x: 0, y: 0, width: 10, height: 10 };
  it('is 1 for equal boxes and 0 for boxes that only touch', () => {
    expect(iou(unit, unit)).toBe(1);
    expect(iou(unit, { x: 10, y: 0, width: 10, height: 10 })).toBe(0);
  });
  it('is shared area over joint area', () => {
    // 5 x 10 shared, 100 + 100 - 50 joint.
    expect(iou(unit, { x: 5, y: 0, width: 10, height: 10 })).toBeCloseTo(50 / 150, 12);
  });
});

describe('scaleBox', () => {
  it('grows about the centre', () => {
    expect(scaleBox({ x: 10, y: 20, width: 10, height: 20 }, 1.5)).toEqual({
      x: 7.5,
      y: 15,
      width: 15,
      height: 30,
    });
  });
  it('squares on the longer side first', () => {
    expect(scaleBox({ x: 10, y: 20, width: 10, height: 20 }, 1, true)).toEqual({
      x: 5,
      y: 20,
      width: 20,
      height: 20,
    });
  });
});

describe('clipBox', () => {
  it('keeps the part inside the picture', () => {
    expect(clipBox({ x: -5, y: 90, width: 20, height: 20 }, 100, 100)).toEqual({
      x: 0,
      y: 90,
      width: 15,
      height: 10,
    });
  });
  it('gives an empty box for one that lies outside', () => {
    expect(clipBox({ x: 200, y: 0, width: 5, height: 5 }, 100, 100).width).toBe(0);
  });
});
