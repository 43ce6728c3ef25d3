import { ArgumentError } from '@fr-stream/core';

/** A compared pair. */
export interface ScoredPair {
  /** Cosine similarity; undefined when a face of the pair was not found. */
  readonly score: number | undefined;
  readonly same: boolean;
  /** 0-based fold of cross-validation. */
  readonly fold: number;
}

/** Scores of pairs split by what they are; ascending. */
export interface ScoreSets {
  /** Same person. A pair without a score counts as -Infinity: never accepted. */
  readonly genuine: Float64Array;
  /** Different people. */
  readonly impostor: Float64Array;
}

export interface RocPoint {
  /** Accept at or above. */
  readonly threshold: number;
  readonly falseAcceptRate: number;
  readonly trueAcceptRate: number;
}

export interface OperatingPoint extends RocPoint {
  /** The rate that was asked for; `falseAcceptRate` is the highest reachable one that does not exceed it. */
  readonly asked: number;
  /** False when there are fewer impostor pairs than 1 / asked: the rate then cannot be told from 0. */
  readonly resolved: boolean;
}

export interface FoldAccuracy {
  /** Mean over the folds, 0..1. */
  readonly mean: number;
  /** Population standard deviation over the folds, as most LFW results state it. */
  readonly std: number;
  /** Standard error of the mean, as the LFW report asks for: sample deviation / sqrt(folds). */
  readonly standardError: number;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

/** Splits pairs; a pair whose face was not found is refused at every threshold. */
export function scoreSets(pairs: readonly Pick<ScoredPair, 'score' | 'same'>[]): ScoreSets {
  const of = (same: boolean): Float64Array =>
    Float64Array.from(
      pairs.filter((pair) => pair.same === same),
      (pair) => pair.score ?? -Infinity,
    ).sort();
  return { genuine: of(true), impostor: of(false) };
}

/** How many of the ascending values are at or above the threshold. */
export function countAtOrAbove(ascending: Float64Array, threshold: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] >= threshold) high = middle;
    else low = middle + 1;
  }
  return ascending.length - low;
}

/**
 * The share of pairs decided rightly at a threshold. A pair whose face was not found counts as an error, be it of one
 * person or of two.
 */
export function accuracyAt(pairs: readonly ScoredPair[], threshold: number): number {
  let right = 0;
  for (const { score, same } of pairs) if (score !== undefined && score >= threshold === same) right++;
  return right / pairs.length;
}

/**
 * The threshold with the best accuracy; of several that are equally good, the middle of the widest interval. Scans
 * the scores in order, so that all thresholds that differ in effect are tried.
 */
export function bestThreshold(pairs: readonly ScoredPair[]): number {
  const scored = pairs
    .flatMap(({ score, same }) => (score === undefined ? [] : [{ score, same }]))
    .sort((a, b) => a.score - b.score);
  if (scored.length === 0) throw new ArgumentError('No pair has a score: no threshold can be chosen.');
  // Below every score: all accepted.
  let right = scored.filter(({ same }) => same).length;
  let best = right;
  let threshold = scored[0].score;
  let width = 0;
  for (let i = 0; i < scored.length; i++) {
    right += scored[i].same ? -1 : 1;
    if (i + 1 < scored.length && scored[i + 1].score === scored[i].score) continue;
    // The threshold now lies above score i: accept from i + 1 on.
    const next = scored[i + 1]?.score;
    const gap = next === undefined ? 0 : next - scored[i].score;
    if (right > best || (right === best && gap > width)) {
      best = right;
      width = gap;
      threshold = next === undefined ? scored[i].score + Number.EPSILON : (scored[i].score + next) / 2;
    }
  }
  return threshold;
}

/**
 * Accuracy by the protocol of Labeled Faces in the Wild (Huang et al., UMass Amherst 07-49, 2007; "unrestricted,
 * labeled outside data"): for each fold the threshold is chosen on the other folds alone.
 * @throws ArgumentError when there are fewer than two folds.
 */
export function foldAccuracy(pairs: readonly ScoredPair[]): FoldAccuracy {
  const names = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  if (names.length < 2) throw new ArgumentError('Cross-validation needs pairs in at least two folds.');
  const folds = names.map((name) => {
    const threshold = bestThreshold(pairs.filter(({ fold }) => fold !== name));
    return {
      accuracy: accuracyAt(
        pairs.filter(({ fold }) => fold === name),
        threshold,
      ),
      threshold,
    };
  });
  const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
  const squares = folds.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0);
  return {
    mean,
    std: Math.sqrt(squares / folds.length),
    standardError: Math.sqrt(squares / (folds.length - 1) / folds.length),
    folds,
  };
}

/** Receiver operating characteristic: one point per threshold that differs in effect, from strict to lax. */
export function rocCurve({ genuine, impostor }: ScoreSets): readonly RocPoint[] {
  const thresholds = [...new Set([...genuine, ...impostor].filter(Number.isFinite))].sort((a, b) => b - a);
  const points: RocPoint[] = [{ threshold: Infinity, falseAcceptRate: 0, trueAcceptRate: 0 }];
  for (const threshold of thresholds) {
    points.push({
      threshold,
      falseAcceptRate: countAtOrAbove(impostor, threshold) / impostor.length,
      trueAcceptRate: countAtOrAbove(genuine, threshold) / genuine.length,
    });
  }
  return points;
}

/**
 * Area under the ROC: the chance that a same-person pair scores above a different-person pair, ties half (the
 * Mann-Whitney statistic). Exact, by merging the two sorted lists.
 */
export function areaUnderCurve({ genuine, impostor }: ScoreSets): number {
  let below = 0;
  let notAbove = 0;
  let sum = 0;
  for (const score of genuine) {
    while (below < impostor.length && impostor[below] < score) below++;
    while (notAbove < impostor.length && impostor[notAbove] <= score) notAbove++;
    sum += (below + notAbove) / 2;
  }
  return sum / (genuine.length * impostor.length);
}

/** The least strict threshold whose false-accept rate does not exceed the one asked for. */
export function atFalseAcceptRate({ genuine, impostor }: ScoreSets, asked: number): OperatingPoint {
  const allowed = Math.floor(asked * impostor.length + 1e-9);
  // The best refused impostor; the threshold is half way to the next better score of any kind.
  const refused = impostor[impostor.length - 1 - allowed] ?? -Infinity;
  const above = (values: Float64Array): number => {
    const count = values.length - countAtOrAbove(values, refused);
    for (let i = count; i < values.length; i++) if (values[i] > refused) return values[i];
    return Infinity;
  };
  const next = Math.min(above(genuine), above(impostor));
  const threshold = Number.isFinite(next)
    ? Number.isFinite(refused)
      ? (refused + next) / 2
      : next
    : refused + 1e-6;
  return {
    asked,
    threshold,
    falseAcceptRate: countAtOrAbove(impostor, threshold) / impostor.length,
    trueAcceptRate: countAtOrAbove(genuine, threshold) / genuine.length,
    resolved: impostor.length * asked >= 1,
  };
}

/** Where false accepts and false rejects are equally frequent; linear between the two nearest ROC points. */
export function equalErrorRate(roc: readonly RocPoint[]): number {
  let before = { far: 0, frr: 1 };
  for (const { falseAcceptRate: far, trueAcceptRate } of roc) {
    const frr = 1 - trueAcceptRate;
    if (far >= frr) {
      const gap = before.frr - before.far;
      const step = gap + (far - frr);
      const share = step > 0 ? gap / step : 0;
      return before.far + share * (far - before.far);
    }
    before = { far, frr };
  }
  return before.frr;
}
