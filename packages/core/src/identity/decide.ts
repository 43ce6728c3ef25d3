import type { Candidate, Identity } from '../contracts/face.js';
import { faceLogOdds } from './join-tracks.js';

export interface DecisionRule {
  /** Cosine similarity; a name is given at or above it only. */
  readonly threshold: number;
  /** By how much the best person must beat the second best. */
  readonly margin: number;
}

/** The margin where nothing else is asked for: half the usual spread of one person's scores between photos. */
export const DEFAULT_MARGIN = 0.05;

/**
 * Decides on one face alone (open set): the best person if it reaches the threshold and beats the second-best by
 * the margin, else unknown; `ambiguous` with both people where the margin alone is missed.
 * @param candidates at most one per person, best first.
 */
export function decideIdentity(candidates: readonly Candidate[], rule: DecisionRule): Identity {
  const [best, second] = candidates;
  if (best === undefined) return { kind: 'unknown', reason: 'empty-gallery' };
  if (!(best.score >= rule.threshold)) return { kind: 'unknown', reason: 'below-threshold', nearest: best };
  const margin = second === undefined ? Infinity : best.score - second.score;
  if (second !== undefined && margin < rule.margin)
    return { kind: 'unknown', reason: 'ambiguous', nearest: best, rival: second };
  return { kind: 'known', personId: best.personId, name: best.name, score: best.score, margin };
}

/** What is expected of a good probe and of an enrolled photo; see `expectedSimilarity`. */
const GOOD = 0.7;
const ENROLLED = 0.75;
/** By how much a name below the threshold must beat the second-best. */
const DOUBTFUL_MARGIN = 0.1;

/**
 * As {@link decideIdentity}, for a track whose pictures are known to be poor: they are less like their person than good
 * ones are, and the same odds are reached at a lower similarity (never by more than some 0.035). What lies below the
 * threshold must beat the second-best by twice the usual margin.
 * @param expected of the track, 0..1; see `expectedSimilarity`.
 */
export function decideByBelief(
  candidates: readonly Candidate[],
  expected: number,
  rule: DecisionRule,
): Identity {
  const identity = decideIdentity(candidates, rule);
  const [best, second] = candidates;
  if (identity.kind === 'known' || best === undefined || best.score >= rule.threshold) return identity;
  const margin = best.score - (second?.score ?? -Infinity);
  const asked = faceLogOdds(rule.threshold, GOOD, ENROLLED);
  if (margin < Math.max(rule.margin, DOUBTFUL_MARGIN)) return identity;
  if (faceLogOdds(best.score, Math.min(expected, GOOD), ENROLLED) < asked) return identity;
  return { kind: 'known', personId: best.personId, name: best.name, score: best.score, margin };
}

/**
 * Decides on all faces of one frame or photo together: one person cannot be there twice, so of several faces that
 * would get one name only the best match gets it, and the others are unknown (`conflict`).
 *
 * @param candidates per face, at most one per person, best first.
 * @returns one identity per face, in the same order.
 */
export function decideIdentities(
  candidates: readonly (readonly Candidate[])[],
  rule: DecisionRule,
): Identity[] {
  const alone = candidates.map((list) => decideIdentity(list, rule));
  const winner = new Map<string, number>();
  alone.forEach((identity, i) => {
    if (identity.kind !== 'known') return;
    const holder = winner.get(identity.personId);
    const held = holder === undefined ? undefined : alone[holder];
    if (held === undefined || held.kind !== 'known' || identity.score > held.score)
      winner.set(identity.personId, i);
  });
  return alone.map((identity, i) => {
    if (identity.kind !== 'known' || winner.get(identity.personId) === i) return identity;
    const { personId, name, score } = identity;
    return { kind: 'unknown', reason: 'conflict', nearest: { personId, name, score } };
  });
}
