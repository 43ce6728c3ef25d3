import {
  affineScale,
  ALIGNMENT_TEMPLATES,
  applyAffine,
  invertAffine,
  similarityTransform,
  toFivePoints,
  type Affine,
  type Point,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

function expectAffine(actual: Affine, expected: readonly number[], digits: number): void {
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

describe('similarityTransform', () => {
  it('gives the published result of the example in Umeyama 1991', () => {
    const from = [
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 0, y: 2 },
    ];
    const to = [
      { x: 0, y: 0 },
      { x: -1, y: 0 },
      { x: 0, y: 2 },
    ];
    // R = [[0.832, 0.555], [-0.555, 0.832]], c = 0.721, t = (-0.800, 0.400)
    const m = similarityTransform(from, to);
    const c = 0.721;
    expectAffine(m, [0.832 * c, 0.555 * c, -0.8, -0.555 * c, 0.832 * c, 0.4], 3);
    expect(affineScale(m)).toBeCloseTo(c, 3);
  });

  it('recovers a known rotation by 90 degrees, scale 2 and shift', () => {
    const from = [
      { x: 1, y: 0 },
      { x: 0, y: 1 },
      { x: 3, y: 5 },
    ];
    const to = from.map(({ x, y }) => ({ x: -2 * y + 7, y: 2 * x - 3 }));
    expectAffine(similarityTransform(from, to), [0, -2, 7, 2, 0, -3], 9);
  });

  it('minimises the squared distance: no nearby similarity does better', () => {
    const template = ALIGNMENT_TEMPLATES.get('arcface-112');
    if (template === undefined) throw new Error('the ArcFace template is missing');
    const from: Point[] = [
      { x: 201, y: 120 },
      { x: 262, y: 131 },
      { x: 228, y: 160 },
      { x: 199, y: 190 },
      { x: 248, y: 201 },
    ];
    const cost = (m: Affine): number =>
      from.reduce((sum, point, i) => {
        const q = applyAffine(m, point);
        return sum + (q.x - template.points[i].x) ** 2 + (q.y - template.points[i].y) ** 2;
      }, 0);
    const best = similarityTransform(from, template.points);
    for (const [da, db, dx, dy] of [
      [1e-3, 0, 0, 0],
      [-1e-3, 0, 0, 0],
      [0, 1e-3, 0, 0],
      [0, -1e-3, 0, 0],
      [0, 0, 0.05, 0],
      [0, 0, 0, -0.05],
    ]) {
      const other: Affine = [
        best[0] + da,
        best[1] - db,
        best[2] + dx,
        best[3] + db,
        best[4] + da,
        best[5] + dy,
      ];
      expect(cost(other)).toBeGreaterThan(cost(best));
    }
  });

  it('refuses point sets that fix no similarity', () => {
    const point = { x: 1, y: 1 };
    expect(() => similarityTransform([point], [point])).toThrow(/two point sets/);
    expect(() => similarityTransform([point, point], [point, { x: 2, y: 2 }])).toThrow(/coincide/);
  });
});

describe('invertAffine', () => {
  it('undoes the map', () => {
    const m: Affine = [2, 1, 5, -1, 3, 7];
    const q = applyAffine(invertAffine(m), applyAffine(m, { x: 11, y: -4 }));
    expect(q.x).toBeCloseTo(11, 9);
    expect(q.y).toBeCloseTo(-4, 9);
  });
  it('refuses a singular map', () => {
    expect(() => invertAffine([1, 2, 0, 2, 4, 0])).toThrow(/singular/);
  });
});

describe('toFivePoints', () => {
  it('takes eye, nose and mouth points from the 68-point mark-up', () => {
    const points = Array.from({ length: 68 }, (_, i) => ({ x: i, y: 1000 + i }));
    // Means of the index lists 36 to 41, 42 to 47, and 30, 48, 54 themselves.
    expect(toFivePoints({ scheme: '68', points }).map((p) => p.x)).toEqual([38.5, 44.5, 30, 48, 54]);
  });
  it('refuses a set of the wrong size', () => {
    expect(() => toFivePoints({ scheme: '5', points: [] })).toThrow(/holds 0 points/);
  });
});
