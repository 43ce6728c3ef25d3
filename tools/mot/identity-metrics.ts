import { linearAssignment } from '@fr-stream/core';
import type { Sequence } from './sequence.js';

export interface IdentityMetrics {
  /** Boxes explained by the best one-to-one assignment of result tracks to truth tracks over the whole video. */
  readonly idtp: number;
  readonly idfp: number;
  readonly idfn: number;
  /** idtp / result boxes, 0..1. NaN without results. */
  readonly idp: number;
  /** idtp / truth boxes, 0..1. NaN without truth. */
  readonly idr: number;
  /** Harmonic mean of both, 0..1. */
  readonly idf1: number;
}

/**
 * Identity metrics of Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera
 * Tracking" (2016).
 *
 * @param least similarity at which two boxes count as the same. Default 0.5.
 */
export function identityMetrics(sequence: Sequence, least = 0.5): IdentityMetrics {
  const rowOf = new Map<number, number>();
  const columnOf = new Map<number, number>();
  for (const { truth, result } of sequence) {
    for (const id of truth) if (!rowOf.has(id)) rowOf.set(id, rowOf.size);
    for (const id of result) if (!columnOf.has(id)) columnOf.set(id, columnOf.size);
  }
  const columns = columnOf.size;
  const together = new Float64Array(rowOf.size * columns);
  let truthBoxes = 0;
  let resultBoxes = 0;
  for (const { truth, result, similarity } of sequence) {
    truthBoxes += truth.length;
    resultBoxes += result.length;
    truth.forEach((a, i) => {
      result.forEach((b, j) => {
        if (similarity[i][j] >= least) together[(rowOf.get(a) ?? 0) * columns + (columnOf.get(b) ?? 0)]++;
      });
    });
  }
  const data = together.map((count) => -count);
  const idtp = 0 - linearAssignment({ rows: rowOf.size, columns, data }, 0).cost;
  const idfp = resultBoxes - idtp;
  const idfn = truthBoxes - idtp;
  return {
    idtp,
    idfp,
    idfn,
    idp: idtp / resultBoxes,
    idr: idtp / truthBoxes,
    idf1: (2 * idtp) / (2 * idtp + idfp + idfn),
  };
}
