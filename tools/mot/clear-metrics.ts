import { bestMatch, type FrameMatch, type Sequence } from './sequence.js';

/** Pairs of ids that belong together in one frame, with their similarity. */
export interface FrameCorrespondence {
  readonly truth: number;
  readonly result: number;
  readonly similarity: number;
}

export interface ClearMetrics {
  readonly truthBoxes: number;
  readonly resultBoxes: number;
  readonly matches: number;
  readonly misses: number;
  readonly falsePositives: number;
  /** Times that a truth track is matched by another result track than when it was last matched. */
  readonly idSwitches: number;
  /** Times that a truth track goes from matched to unmatched and back to matched. */
  readonly fragmentations: number;
  /** 1 - (misses + falsePositives + idSwitches) / truthBoxes; at most 1, may be negative. NaN without truth. */
  readonly mota: number;
  /** Mean similarity of the matches, 0..1 (IoU: higher is better). NaN without matches. */
  readonly motp: number;
  readonly truthTracks: number;
  /** Truth tracks matched in at least 80 % of their frames. */
  readonly mostlyTracked: number;
  readonly partiallyTracked: number;
  /** Truth tracks matched in less than 20 % of their frames. */
  readonly mostlyLost: number;
}

/**
 * The frame-by-frame correspondences of the CLEAR MOT protocol: pairs of the last match of each truth are kept
 * while they still fit; the rest is assigned for the greatest number, then the greatest similarity.
 *
 * @param least similarity of a match. Default 0.5.
 */
export function clearCorrespondences(sequence: Sequence, least = 0.5): FrameCorrespondence[][] {
  const partnerOf = new Map<number, number>();
  return sequence.map((frame) => {
    const pairs = matchFrame(frame, partnerOf, least);
    for (const { truth, result } of pairs) partnerOf.set(truth, result);
    return pairs;
  });
}

function matchFrame(
  { truth, result, similarity }: FrameMatch,
  partnerOf: ReadonlyMap<number, number>,
  least: number,
): FrameCorrespondence[] {
  const pairs: FrameCorrespondence[] = [];
  const takenTruth = new Set<number>();
  const takenResult = new Set<number>();
  const take = (i: number, j: number): void => {
    takenTruth.add(i);
    takenResult.add(j);
    pairs.push({ truth: truth[i], result: result[j], similarity: similarity[i][j] });
  };
  truth.forEach((id, i) => {
    const j = result.findIndex((other) => other === partnerOf.get(id));
    if (j >= 0 && !takenResult.has(j) && similarity[i][j] >= least) take(i, j);
  });
  const rows = truth.map((_, i) => i).filter((i) => !takenTruth.has(i));
  const columns = result.map((_, j) => j).filter((j) => !takenResult.has(j));
  const rest = rows.map((i) => columns.map((j) => similarity[i][j]));
  for (const [i, j] of bestMatch(rest, columns.length, least)) take(rows[i], columns[j]);
  return pairs;
}

/**
 * CLEAR MOT (Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance", 2008) with the track
 * quality counts of Li, Huang and Nevatia ("Learning to Associate", 2009).
 *
 * @param least similarity of a match. Default 0.5.
 */
export function clearMetrics(sequence: Sequence, least = 0.5): ClearMetrics {
  const correspondences = clearCorrespondences(sequence, least);
  const tracks = new Map<number, { seen: number; matched: number; gap: boolean; partner?: number }>();
  let matches = 0;
  let idSwitches = 0;
  let fragmentations = 0;
  let similaritySum = 0;
  sequence.forEach(({ truth }, index) => {
    const pairOf = new Map(correspondences[index].map((pair) => [pair.truth, pair]));
    for (const id of truth) {
      const track = tracks.get(id) ?? { seen: 0, matched: 0, gap: false };
      tracks.set(id, track);
      track.seen++;
      const pair = pairOf.get(id);
      if (pair === undefined) {
        if (track.matched > 0) track.gap = true;
        continue;
      }
      if (track.partner !== undefined && track.partner !== pair.result) idSwitches++;
      if (track.gap) fragmentations++;
      track.gap = false;
      track.partner = pair.result;
      track.matched++;
      matches++;
      similaritySum += pair.similarity;
    }
  });
  const truthBoxes = sequence.reduce((sum, { truth }) => sum + truth.length, 0);
  const resultBoxes = sequence.reduce((sum, { result }) => sum + result.length, 0);
  const shares = [...tracks.values()].map(({ seen, matched }) => matched / seen);
  const mostlyTracked = shares.filter((share) => share >= 0.8).length;
  const mostlyLost = shares.filter((share) => share < 0.2).length;
  const misses = truthBoxes - matches;
  const falsePositives = resultBoxes - matches;
  return {
    truthBoxes,
    resultBoxes,
    matches,
    misses,
    falsePositives,
    idSwitches,
    fragmentations,
    mota: 1 - (misses + falsePositives + idSwitches) / truthBoxes,
    motp: similaritySum / matches,
    truthTracks: shares.length,
    mostlyTracked,
    partiallyTracked: shares.length - mostlyTracked - mostlyLost,
    mostlyLost,
  };
}
