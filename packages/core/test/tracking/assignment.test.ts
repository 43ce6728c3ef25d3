import { describe, expect, it } from 'vitest';
import { linearAssignment, type CostMatrix } from '../../src/tracking/assignment.js';
import { randomFrom } from './random.js';

const X = Infinity;

function matrix(rows: readonly (readonly number[])[]): CostMatrix {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, data: Float64Array.from(rows.flat()) };
}

/** Tries every partial matching; returns the best value of Σ(cost - price) and, per size, the cheapest cost. */
function bruteForce(costs: CostMatrix, price: number) {
  let best = 0;
  const cheapest: number[] = [0];
  const used = new Set<number>();
  const go = (row: number, pairs: number, cost: number): void => {
    if (row === costs.rows) {
      best = Math.min(best, cost - pairs * price);
      cheapest[pairs] = Math.min(cheapest[pairs] ?? X, cost);
      return;
    }
    go(row + 1, pairs, cost);
    for (let column = 0; column < costs.columns; column++) {
      const c = costs.data[row * costs.columns + column];
      if (used.has(column) || c === X) continue;
      used.add(column);
      go(row + 1, pairs + 1, cost + c);
      used.delete(column);
    }
  };
  go(0, 0, 0);
  return { best, cheapest };
}

describe('linearAssignment', () => {
  // The published examples of scipy.optimize.linear_sum_assignment and of its test suite: the chosen costs.
  const published: [number[][], number[]][] = [
    [
      [
        [4, 1, 3],
        [2, 0, 5],
        [3, 2, 2],
      ],
      [1, 2, 2],
    ],
    [
      [
        [400, 150, 400],
        [400, 450, 600],
        [300, 225, 300],
      ],
      [150, 400, 300],
    ],
    [
      [
        [400, 150, 400, 1],
        [400, 450, 600, 2],
        [300, 225, 300, 3],
      ],
      [150, 2, 300],
    ],
    [
      [
        [10, 10, 8],
        [9, 8, 1],
        [9, 7, 4],
      ],
      [10, 1, 7],
    ],
    [
      [
        [10, 10, 8, 11],
        [9, 8, 1, 1],
        [9, 7, 4, 10],
      ],
      [10, 1, 4],
    ],
    [
      [
        [10, X, X],
        [X, X, 1],
        [X, 7, X],
      ],
      [10, 1, 7],
    ],
  ];
  it.each(published)('solves the published example %j', (rows, chosen) => {
    const result = linearAssignment(matrix(rows));
    expect([...result.columnOfRow].map((column, row) => rows[row][column])).toEqual(chosen);
    expect(result.cost).toBe(chosen.reduce((a, b) => a + b));
  });

  it('agrees with brute force on random matrices of every shape, with forbidden pairs', () => {
    const random = randomFrom(1);
    for (let round = 0; round < 600; round++) {
      const rows = 1 + Math.floor(random() * 5);
      const columns = 1 + Math.floor(random() * 5);
      const data = Float64Array.from({ length: rows * columns }, () =>
        random() < 0.25 ? X : Math.floor(random() * 21) - 5,
      );
      const costs = { rows, columns, data };
      const truth = bruteForce(costs, 0).cheapest;
      const result = linearAssignment(costs);
      const pairs = result.columnOfRow.filter((column) => column >= 0).length;
      expect(pairs).toBe(truth.length - 1);
      expect(result.cost).toBe(truth[truth.length - 1]);
      for (let row = 0; row < rows; row++) {
        const column = result.columnOfRow[row];
        if (column >= 0) expect(result.rowOfColumn[column]).toBe(row);
      }
    }
  });

  it('agrees with brute force under a cost limit', () => {
    const random = randomFrom(2);
    for (let round = 0; round < 600; round++) {
      const rows = 1 + Math.floor(random() * 5);
      const columns = 1 + Math.floor(random() * 5);
      const data = Float64Array.from({ length: rows * columns }, () => (random() < 0.2 ? X : random() * 10));
      const costs = { rows, columns, data };
      const limit = random() * 10;
      const result = linearAssignment(costs, limit);
      const pairs = [...result.columnOfRow].filter((column) => column >= 0).length;
      expect(result.cost - pairs * limit).toBeCloseTo(bruteForce(costs, limit).best, 9);
      result.columnOfRow.forEach((column, row) => {
        if (column >= 0) expect(data[row * columns + column]).toBeLessThanOrEqual(limit);
      });
    }
  });

  it('prefers one more pair over a lower cost, without a limit', () => {
    // Row 1 can only take column 0, so row 0 has to accept the dear column 1.
    expect([
      ...linearAssignment(
        matrix([
          [1, 1000],
          [2, X],
        ]),
      ).columnOfRow,
    ]).toEqual([1, 0]);
    // With a limit of 10 the dear pair is not worth it: row 0 keeps the cheap one.
    expect([
      ...linearAssignment(
        matrix([
          [1, 1000],
          [2, X],
        ]),
        10,
      ).columnOfRow,
    ]).toEqual([0, -1]);
  });

  it('gives a fixed answer to ties, and handles empty sides', () => {
    expect([
      ...linearAssignment(
        matrix([
          [1, 1],
          [1, 1],
        ]),
      ).columnOfRow,
    ]).toEqual([0, 1]);
    expect(linearAssignment({ rows: 0, columns: 3, data: new Float64Array(0) }).rowOfColumn).toHaveLength(3);
    expect([...linearAssignment({ rows: 2, columns: 0, data: new Float64Array(0) }).columnOfRow]).toEqual([
      -1, -1,
    ]);
  });

  it('refuses NaN and a wrong size', () => {
    expect(() => linearAssignment(matrix([[NaN]]))).toThrow(/NaN/);
    expect(() => linearAssignment({ rows: 2, columns: 2, data: new Float64Array(3) })).toThrow(/2 x 2/);
  });

  it('solves 200 x 200 in well under a second', () => {
    const random = randomFrom(3);
    const data = Float64Array.from({ length: 200 * 200 }, () => random());
    const started = performance.now();
    const { cost } = linearAssignment({ rows: 200, columns: 200, data });
    expect(performance.now() - started).toBeLessThan(1000);
    // The random assignment problem's expected cost tends to π²/6 = 1.645 (Aldous, 2001).
    expect(cost).toBeGreaterThan(1.3);
    expect(cost).toBeLessThan(2);
  });
});
