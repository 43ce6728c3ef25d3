import { confidenceOf, falseAcceptRateOf } from '@fr-stream/core';
import { decisionThreshold } from './decision-rule.js';
import type { EmbedderFacts } from './engine.js';

/** What a similarity between two faces means. */
export interface Judgement {
  /** -1..1 */
  readonly cosine: number;
  readonly threshold: number;
  readonly same: boolean;
  /** Chance that it is one person, if both answers are equally likely beforehand; null for uncalibrated embedders. */
  readonly confidence: number | null;
  /** Share of pairs of different people that are so similar or more; null for uncalibrated embedders. */
  readonly falseAcceptRate: number | null;
  /** The same at the threshold. */
  readonly thresholdFalseAcceptRate: number | null;
}

/** @throws ArgumentError as {@link decisionThreshold}. */
export function judge(
  { embedderCard: card }: { readonly embedderCard: EmbedderFacts },
  cosine: number,
  options: { readonly threshold?: number; readonly far?: number },
): Judgement {
  const threshold = decisionThreshold(options, card);
  const { curve } = card.thresholds;
  return {
    cosine,
    threshold,
    same: cosine >= threshold,
    confidence: curve === undefined ? null : confidenceOf(card, cosine),
    falseAcceptRate: curve === undefined ? null : falseAcceptRateOf(curve, cosine),
    thresholdFalseAcceptRate: curve === undefined ? null : falseAcceptRateOf(curve, threshold),
  };
}
