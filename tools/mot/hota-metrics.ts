import { bestMatch, type Sequence } from './sequence.js';

export interface HotaAtAlpha {
  /** Localisation threshold: least similarity of a match. */
  readonly alpha: number;
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  /** Mean similarity of the matches; 1 where there is none. */
  readonly locA: number;
}

export interface HotaMetrics {
  /** All in 0..1, means over the thresholds. */
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  readonly locA: number;
  readonly perAlpha: readonly HotaAtAlpha[];
}

/** 0.05, 0.10 .. 0.95 */
export const HOTA_ALPHAS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/**
 * HOTA (Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV 2021).
 *
 * The matching is that of the authors' TrackEval, whose figures are the published ones: per frame one assignment
 * for all thresholds, by similarity times the alignment of the two tracks over the whole video.
 */
export function hotaMetrics(sequence: Sequence): HotaMetrics {
  const tracks = trackCounts(sequence);
  const matched = sequence.map(({ truth, result, similarity }) => {
    const score = truth.map((a, i) => result.map((b, j) => alignment(tracks, a, b) * similarity[i][j]));
    return bestMatch(score, result.length, 0).map(([i, j]) => ({
      truth: truth[i],
      result: result[j],
      similarity: similarity[i][j],
    }));
  });
  const perAlpha = HOTA_ALPHAS.map((alpha): HotaAtAlpha => {
    const pairs = matched.flat().filter(({ similarity }) => similarity >= alpha - 1e-9);
    const together = new Map<string, { readonly truth: number; readonly result: number; count: number }>();
    for (const { truth, result } of pairs) {
      const key = `${truth}/${result}`;
      const entry = together.get(key) ?? { truth, result, count: 0 };
      entry.count++;
      together.set(key, entry);
    }
    let association = 0;
    for (const { truth, result, count } of together.values()) {
      const union = (tracks.truth.get(truth) ?? 0) + (tracks.result.get(result) ?? 0) - count;
      association += count * (count / union);
    }
    const detA = pairs.length / Math.max(1, tracks.truthBoxes + tracks.resultBoxes - pairs.length);
    const assA = association / Math.max(1, pairs.length);
    const similaritySum = pairs.reduce((sum, { similarity }) => sum + similarity, 0);
    const locA = pairs.length === 0 ? 1 : similaritySum / pairs.length;
    return { alpha, hota: Math.sqrt(detA * assA), detA, assA, locA };
  });
  const mean = (key: 'hota' | 'detA' | 'assA' | 'locA'): number =>
    perAlpha.reduce((sum, entry) => sum + entry[key], 0) / perAlpha.length;
  return { hota: mean('hota'), detA: mean('detA'), assA: mean('assA'), locA: mean('locA'), perAlpha };
}

interface TrackCounts {
  readonly truth: Map<number, number>;
  readonly result: Map<number, number>;
  /** By truth id, then result id: how much the two were together, each frame's similarity normalised. */
  readonly shared: Map<number, Map<number, number>>;
  readonly truthBoxes: number;
  readonly resultBoxes: number;
}

function trackCounts(sequence: Sequence): TrackCounts {
  const truthCount = new Map<number, number>();
  const resultCount = new Map<number, number>();
  const shared = new Map<number, Map<number, number>>();
  const increase = (map: Map<number, number>, key: number, by: number): unknown =>
    map.set(key, (map.get(key) ?? 0) + by);
  for (const { truth, result, similarity } of sequence) {
    for (const id of truth) increase(truthCount, id, 1);
    for (const id of result) increase(resultCount, id, 1);
    const overlap = (i: number, j: number): number => Math.max(0, similarity[i][j]);
    const rowSum = truth.map((_, i) => result.reduce((sum, _b, j) => sum + overlap(i, j), 0));
    const columnSum = result.map((_, j) => truth.reduce((sum, _a, i) => sum + overlap(i, j), 0));
    truth.forEach((a, i) => {
      result.forEach((b, j) => {
        const value = overlap(i, j);
        if (value === 0) return;
        const row = shared.get(a) ?? new Map<number, number>();
        shared.set(a, row);
        increase(row, b, value / (rowSum[i] + columnSum[j] - value));
      });
    });
  }
  const total = (map: Map<number, number>): number => [...map.values()].reduce((a, b) => a + b, 0);
  return {
    truth: truthCount,
    result: resultCount,
    shared,
    truthBoxes: total(truthCount),
    resultBoxes: total(resultCount),
  };
}

function alignment({ truth, result, shared }: TrackCounts, a: number, b: number): number {
  const both = shared.get(a)?.get(b) ?? 0;
  const union = (truth.get(a) ?? 0) + (result.get(b) ?? 0) - both;
  return union <= 0 ? 0 : both / union;
}
