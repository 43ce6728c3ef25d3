import { markdownTable } from 'markdown-table';
import {
  areaUnderCurve,
  atFalseAcceptRate,
  equalErrorRate,
  foldAccuracy,
  rocCurve,
  scoreSets,
  type FoldAccuracy,
  type OperatingPoint,
  type RocPoint,
  type ScoredPair,
} from '../metrics/verification.js';
import { percent } from './percent.js';

export const FALSE_ACCEPT_RATES = [1e-2, 1e-3, 1e-4] as const;

export interface VerificationResult {
  readonly name: string;
  readonly pairs: number;
  readonly missed: number;
  readonly accuracy: FoldAccuracy;
  readonly auc: number;
  readonly eer: number;
  readonly points: readonly OperatingPoint[];
  readonly roc: readonly RocPoint[];
}

/** @param missed photos in which no face was found. */
export function verificationResult(
  name: string,
  pairs: readonly ScoredPair[],
  missed: number,
): VerificationResult {
  const sets = scoreSets(pairs);
  const roc = rocCurve(sets);
  return {
    name,
    pairs: pairs.length,
    missed,
    accuracy: foldAccuracy(pairs),
    auc: areaUnderCurve(sets),
    eer: equalErrorRate(roc),
    points: FALSE_ACCEPT_RATES.map((rate) => atFalseAcceptRate(sets, rate)),
    roc,
  };
}

/** One row per chain, as Markdown. A rate that the pairs are too few for is marked with `*`. */
export function verificationTable(results: readonly VerificationResult[]): string {
  const head = [
    'Chain',
    'Pairs',
    'Photos without a face',
    'Accuracy ± std',
    'AUC',
    'EER',
    ...FALSE_ACCEPT_RATES.map((rate) => `TAR at FAR ${rate.toExponential(0)} (threshold)`),
  ];
  const rows = results.map((result) => [
    result.name,
    String(result.pairs),
    String(result.missed),
    `${percent(result.accuracy.mean)} ± ${(result.accuracy.std * 100).toFixed(2)}`,
    result.auc.toFixed(5),
    percent(result.eer),
    ...result.points.map(
      ({ trueAcceptRate, threshold, resolved }) =>
        `${percent(trueAcceptRate)}${resolved ? '' : '*'} (${threshold.toFixed(3)})`,
    ),
  ]);
  const notes = results.some(({ points }) => points.some(({ resolved }) => !resolved))
    ? '\n\n\\* Fewer impostor pairs than 1 / FAR: no false accept was allowed.'
    : '';
  return `${markdownTable([head, ...rows])}${notes}\n`;
}
