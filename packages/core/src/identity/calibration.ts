import { ArgumentError } from '../errors.js';
import type { EmbedderCard } from '../models/card.js';
import type { SimilarityCurve } from '../models/similarity-curve.js';

/**
 * Standard normal distribution function; Abramowitz & Stegun, "Handbook of Mathematical Functions", 26.2.17,
 * absolute error < 7.5e-8.
 */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - upper : upper;
}

function curveOf(card: Pick<EmbedderCard, 'id' | 'thresholds'>): SimilarityCurve {
  const { curve } = card.thresholds;
  if (curve === undefined) {
    throw new ArgumentError(`The embedder "${card.id}" has not been calibrated: its card holds no curve.`, {
      hint: 'Give a threshold on cosine similarity instead, or another embedder.',
    });
  }
  return curve;
}

/**
 * Chance that two different people are at least so similar, 0..1.
 *
 * Two pieces, continuous where they meet: a normal distribution for the bulk, and beyond `tail.from` a generalised
 * Pareto distribution, which is what tails beyond a high threshold tend to (Pickands, 1975).
 * @param cosine -1..1
 */
export function falseAcceptRateOf(curve: SimilarityCurve, cosine: number): number {
  const { bulk, tail } = curve;
  if (cosine < tail.from) {
    const share = normalCdf((cosine - bulk.mean) / bulk.std) / normalCdf((tail.from - bulk.mean) / bulk.std);
    return Math.min(1, Math.max(tail.rate, 1 - (1 - tail.rate) * share));
  }
  const excess = (cosine - tail.from) / tail.scale;
  if (Math.abs(tail.shape) < 1e-9) return tail.rate * Math.exp(-excess);
  return tail.rate * Math.pow(Math.max(0, 1 + tail.shape * excess), -1 / tail.shape);
}

/**
 * The cosine similarity at which a share `rate` of different-person pairs is accepted, so that one rate means the same
 * with every calibrated embedder. Rates below 1 / `curve.impostorPairs` are extrapolated along the fitted tail.
 *
 * @param rate false-accept rate, above 0 and below 1.
 * @throws ArgumentError when the rate is not in range or the card holds no curve.
 */
export function thresholdForFar(card: Pick<EmbedderCard, 'id' | 'thresholds'>, rate: number): number {
  const curve = curveOf(card);
  if (!(rate > 0 && rate < 1)) {
    throw new ArgumentError(`A false-accept rate lies between 0 and 1, not at ${rate}.`);
  }
  const { tail } = curve;
  if (rate <= tail.rate) {
    const fold = tail.rate / rate;
    const excess =
      Math.abs(tail.shape) < 1e-9 ? Math.log(fold) : (Math.pow(fold, tail.shape) - 1) / tail.shape;
    return Math.min(1, tail.from + tail.scale * excess);
  }
  let low = -1;
  let high = tail.from;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (falseAcceptRateOf(curve, middle) > rate) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Chance that two faces so similar are one person, if both answers were equally likely beforehand, 0..1: a logistic
 * curve in the cosine (Platt, 1999). In a large gallery most comparisons are of different people, and the chance is
 * lower.
 * @param cosine -1..1
 * @throws ArgumentError when the card holds no curve.
 */
export function confidenceOf(card: Pick<EmbedderCard, 'id' | 'thresholds'>, cosine: number): number {
  const { slope, intercept } = curveOf(card).logistic;
  return 1 / (1 + Math.exp(-(slope * cosine + intercept)));
}
