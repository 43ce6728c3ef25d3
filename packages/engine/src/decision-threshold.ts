import { ArgumentError, thresholdForFar } from '@fr-stream/core';
import type { Engine } from './engine.js';

/**
 * The cosine similarity from which a name is given: as said, or at a false-accept rate by the embedder's calibration,
 * or the embedder's recommended one.
 * @throws ArgumentError when both are given, or the embedder has not been calibrated.
 */
export function decisionThreshold(
  options: { readonly threshold?: number; readonly far?: number },
  { embedder, embedderCard }: Pick<Engine, 'embedder' | 'embedderCard'>,
): number {
  const { threshold, far } = options;
  if (far === undefined) return threshold ?? embedder.threshold;
  if (threshold !== undefined) {
    throw new ArgumentError('threshold and far both set the threshold.', { hint: 'Give one of them.' });
  }
  return thresholdForFar(embedderCard, far);
}
