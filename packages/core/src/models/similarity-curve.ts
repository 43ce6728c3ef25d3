/** A decision threshold on cosine similarity and what was measured with it. */
export interface CalibratedThreshold {
  /** Cosine similarity; same person at or above. */
  readonly threshold: number;
  /** Share of different-person pairs at or above the threshold. */
  readonly falseAcceptRate: number;
  /** Share of same-person pairs at or above it. */
  readonly trueAcceptRate?: number;
  /** Which pairs, by which pipeline, when. */
  readonly measuredOn: string;
}

/**
 * What a cosine similarity of an embedder means, fitted to many pairs of photos by `tools/evaluate calibrate`. Read it
 * with `falseAcceptRateOf`, `thresholdForFar` and `confidenceOf`.
 */
export interface SimilarityCurve {
  /** Chance of one person at equal odds: 1 / (1 + exp(-(slope * cosine + intercept))). */
  readonly logistic: { readonly slope: number; readonly intercept: number };
  /** Normal distribution of the similarity of two different people, for the bulk below `tail.from`. */
  readonly bulk: { readonly mean: number; readonly std: number };
  /** Generalised Pareto distribution of what lies above `from`; `rate` is the share of different-person pairs there. */
  readonly tail: {
    readonly from: number;
    readonly rate: number;
    readonly scale: number;
    readonly shape: number;
  };
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Which pairs, by which chain of models. */
  readonly measuredOn: string;
}
