import {
  ArgumentError,
  DEFAULT_MARGIN,
  LINK_MARGIN,
  thresholdForFar,
  TRACK_MARGINS,
  type SimilarityCurve,
} from '@fr-stream/core';
import type { EmbedderFacts } from './engine.js';

/** What a user may say of the decision; cosines are the embedder's. */
export interface DecisionOptions {
  /** Cosine similarity from which a name is given. Default: the embedder's recommended one. */
  readonly threshold?: number;
  /** Instead: at this false-accept rate per comparison, by the embedder's calibration. */
  readonly far?: number;
  /** By how much the best person must beat the next. Default: 0.05 as the default embedder spreads, scaled. */
  readonly margin?: number;
}

/** Every threshold and margin that decides who a face is, as cosine similarities (-1..1) of one embedder. */
export interface DecisionRule {
  /** From here a name is given. */
  readonly threshold: number;
  /** By how much the best person must beat the second best. */
  readonly margin: number;
  /** From here two tracks, or two unknown people, are one by their appearance alone. */
  readonly linkThreshold: number;
  /** From here one picture alone says that a face is that of a lost track; see `ReIdentificationOptions`. */
  readonly sureThreshold: number;
  /** From here a face is almost surely a named person's, though it is said to be somebody else's. */
  readonly sameFrom: number;
  /** Below, two pictures are of two people: half way between the threshold and the strangers' mean. */
  readonly rejectThreshold: number;
  /** See `TrackRule`. */
  readonly hysteresis: number;
  /** See `TrackRule`. */
  readonly firstShotMargin: number;
}

/** Where the cosines of strangers lie, and how widely they spread: some embedders crowd all faces in a narrow cone. */
type Strangers = Pick<SimilarityCurve['bulk'], 'mean' | 'std'>;

/** Those of the default embedder: what the margins were found with. */
const USUAL_STRANGERS: Strangers = { mean: 0.0078, std: 0.0958 };

function strangersOf({ thresholds }: EmbedderFacts): Strangers {
  return thresholds.curve?.bulk ?? USUAL_STRANGERS;
}

/** A margin in cosine similarity that was found with the default embedder, for another one. */
export function scaledMargin(margin: number, facts: EmbedderFacts): number {
  return (margin * strangersOf(facts).std) / USUAL_STRANGERS.std;
}

/**
 * The cosine similarity from which a name is given: as said, or at a false-accept rate by the embedder's calibration,
 * or the embedder's recommended one.
 * @throws ArgumentError when both are given, or the embedder has not been calibrated.
 */
export function decisionThreshold({ threshold, far }: DecisionOptions, facts: EmbedderFacts): number {
  if (far === undefined) return threshold ?? facts.thresholds.cosine;
  if (threshold !== undefined) {
    throw new ArgumentError('--threshold and --far both set the threshold.', { hint: 'Give one of them.' });
  }
  return thresholdForFar(facts, far);
}

/** More than two pictures of look-alikes in one film: children of one class had 0.56 with the default embedder. */
const SURE_MARGIN = 0.15;

/** Of a million pairs of different people, so many are as alike as faces that are taken for one person's. */
const SAME_FROM_FAR = 1e-6;

function sameFrom(facts: EmbedderFacts, threshold: number): number {
  const linked = threshold + scaledMargin(LINK_MARGIN, facts);
  return facts.thresholds.curve === undefined
    ? linked
    : Math.max(linked, thresholdForFar(facts, SAME_FROM_FAR));
}

/**
 * The one place where thresholds and margins come from, in every program: margins that were found with the default
 * embedder are scaled to the spread of the one that runs.
 * @throws ArgumentError as {@link decisionThreshold}.
 */
export function decisionRule(facts: EmbedderFacts, options: DecisionOptions = {}): DecisionRule {
  const threshold = decisionThreshold(options, facts);
  const scaled = (margin: number): number => scaledMargin(margin, facts);
  return {
    threshold,
    margin: options.margin ?? scaled(DEFAULT_MARGIN),
    linkThreshold: threshold + scaled(LINK_MARGIN),
    sureThreshold: threshold + scaled(LINK_MARGIN + SURE_MARGIN),
    sameFrom: sameFrom(facts, threshold),
    rejectThreshold: (threshold + strangersOf(facts).mean) / 2,
    hysteresis: scaled(TRACK_MARGINS.hysteresis),
    firstShotMargin: scaled(TRACK_MARGINS.firstShotMargin),
  };
}
