import { describe, expect, it } from 'vitest';
import { later, timeOf } from '@fr-stream/core';
import { fromArea, matchRegions, toArea } from '../src/index.js';
import { difference, intersection, union } from '../src/spans.js';

describe('face regions', () => {
  // The left half of the top row of a picture of 200 x 100.
  const box = { x: -0.5, y: -0.5, width: 100, height: 50 };
  const size = { width: 200, height: 100 };

  it('are shares of the picture, by their centre', () => {
    expect(toArea(box, size)).toEqual({ x: 0.25, y: 0.25, w: 0.5, h: 0.5 });
  });

  it('are those of the stored picture, which is turned for display', () => {
    // Orientation 6 is shown a quarter turn clockwise: what is shown at the left top is stored at the left bottom.
    expect(toArea(box, size, 6)).toEqual({ x: 0.25, y: 0.75, w: 0.5, h: 0.5 });
    // Orientation 8, a quarter turn counter-clockwise: stored at the right top.
    expect(toArea(box, size, 8)).toEqual({ x: 0.75, y: 0.25, w: 0.5, h: 0.5 });
    // Upside down, and mirrored.
    expect(toArea(box, size, 3)).toEqual({ x: 0.75, y: 0.75, w: 0.5, h: 0.5 });
    expect(toArea(box, size, 2)).toEqual({ x: 0.75, y: 0.25, w: 0.5, h: 0.5 });
  });

  it('are what is in the picture of a face that its edge cuts off', () => {
    const cut = { x: -20.5, y: 79.5, width: 40, height: 40 };
    const { x, y, w, h } = toArea(cut, size);
    for (const [value, expected] of [
      [x, 0.05],
      [y, 0.9],
      [w, 0.1],
      [h, 0.2],
    ] as const)
      expect(value).toBeCloseTo(expected, 9);
  });

  it('come back as they went, whatever the orientation', () => {
    const face = { x: 20, y: 30, width: 40, height: 25 };
    for (let orientation = 1; orientation <= 8; orientation++) {
      const back = fromArea(toArea(face, size, orientation), size, orientation);
      for (const key of ['x', 'y', 'width', 'height'] as const) expect(back[key]).toBeCloseTo(face[key], 9);
    }
  });

  it('are matched to the faces that they overlap most, one to one', () => {
    const at = (x: number) => ({ x, y: 0, width: 10, height: 10 });
    expect(matchRegions([at(3), at(0)], [at(0), at(40)])).toEqual([[1, 0]]);
    expect(matchRegions([at(0), at(41)], [at(40), at(1)])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});

describe('times', () => {
  it('later in a recording are written as its beginning is', () => {
    expect(later('2020-07-07T10:10:24.000000Z', 90_000)).toBe('2020-07-07T10:11:54.000Z');
    expect(later('2020-12-31T23:59:59+02:00', 1000)).toBe('2021-01-01T00:00:00.000+02:00');
    expect(later('2020-12-31T23:59:59', 1000)).toBe('2021-01-01T00:00:00.000');
  });

  it('are compared by the instant where they tell it', () => {
    expect(timeOf('2020-01-01T02:00:00+02:00')).toBe(Date.UTC(2020, 0, 1));
    expect(timeOf('2020-01-01T00:00:00')).toBe(Date.UTC(2020, 0, 1));
  });

  it('in which both are, or one without the other', () => {
    const ada = [
      { fromMs: 0, toMs: 10 },
      { fromMs: 20, toMs: 30 },
    ];
    const bob = [{ fromMs: 5, toMs: 25 }];
    expect(intersection(ada, bob)).toEqual([
      { fromMs: 5, toMs: 10 },
      { fromMs: 20, toMs: 25 },
    ]);
    expect(difference(ada, bob)).toEqual([
      { fromMs: 0, toMs: 5 },
      { fromMs: 25, toMs: 30 },
    ]);
  });

  it('of two that overlap or touch are one, whatever their order', () => {
    const spans = [
      { fromMs: 20, toMs: 30 },
      { fromMs: 0, toMs: 15 },
      { fromMs: 5, toMs: 10 },
      { fromMs: 30, toMs: 31 },
    ];
    expect(union(spans)).toEqual([
      { fromMs: 0, toMs: 15 },
      { fromMs: 20, toMs: 31 },
    ]);
    expect(union([])).toEqual([]);
  });
});
