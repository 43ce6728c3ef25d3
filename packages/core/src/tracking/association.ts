import type { Box } from '../contracts/face.js';
import { iou, scaleBox } from '../geometry/box.js';
import { linearAssignment } from './assignment.js';
import { itemAt } from '../item-at.js';

/**
 * Intersection over union of two boxes after each grew on every side by `buffer` times its width and height
 * (C-BIoU; Yang et al., "Hard to Track Objects with Irregular Motions and Similar Appearances?", WACV 2023).
 * Faces are small and detection may run a few times a second only: without the buffer a quick head misses its own
 * prediction altogether. 0..1; `buffer` 0 gives the plain IoU.
 */
export function bufferedIou(a: Box, b: Box, buffer: number): number {
  return buffer === 0 ? iou(a, b) : iou(scaleBox(a, 1 + 2 * buffer), scaleBox(b, 1 + 2 * buffer));
}

/**
 * How well the step from `last` to `candidate` goes in the direction in which the track came from `earlier`
 * (observation-centric momentum, OCM; Cao et al., 2023): 0.5 the same way, 0 at right angles, -0.5 back.
 * 0 where either step is too short, against the box's height, to have a direction.
 */
export function directionConsistency(earlier: Box, last: Box, candidate: Box): number {
  const [ax, ay] = step(earlier, last);
  const [bx, by] = step(last, candidate);
  const tooShort = 0.05 * last.height;
  if (Math.hypot(ax, ay) < tooShort || Math.hypot(bx, by) < tooShort) return 0;
  const cosine = (ax * bx + ay * by) / (Math.hypot(ax, ay) * Math.hypot(bx, by));
  return 0.5 - Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
}

function step(from: Box, to: Box): [number, number] {
  return [to.x + to.width / 2 - from.x - from.width / 2, to.y + to.height / 2 - from.y - from.height / 2];
}

export interface Matches<R, C> {
  readonly pairs: readonly (readonly [R, C])[];
  readonly freeRows: readonly R[];
  readonly freeColumns: readonly C[];
}

/**
 * Pairs rows with columns so that the summed benefit over `least` is greatest (see {@link linearAssignment}).
 * @param benefit undefined or below `least` forbids a pair.
 */
export function bestPairs<R, C>(
  rows: readonly R[],
  columns: readonly C[],
  least: number,
  benefit: (row: R, column: C) => number | undefined,
): Matches<R, C> {
  const data = new Float64Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const value = benefit(row, column);
      data[i * columns.length + j] = value === undefined || value < least ? Infinity : -value;
    });
  });
  const { columnOfRow, rowOfColumn } = linearAssignment(
    { rows: rows.length, columns: columns.length, data },
    -least,
  );
  return {
    pairs: rows.flatMap((row, i) => {
      const column = columns[itemAt(columnOfRow, i)];
      return column === undefined ? [] : [[row, column] as const];
    }),
    freeRows: rows.filter((_, i) => itemAt(columnOfRow, i) < 0),
    freeColumns: columns.filter((_, j) => itemAt(rowOfColumn, j) < 0),
  };
}
