import { falseAcceptRateOf } from '@fr-stream/core';
import { findCardFor } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { decisionThreshold } from '../src/decision-threshold.js';

const card = findCardFor('embedder', 'faceplugin-feature-512');
const embedder = {
  id: card.id,
  size: 512,
  template: 'arcface-112',
  threshold: card.thresholds.cosine,
  embed: async () => [],
  [Symbol.asyncDispose]: async () => undefined,
};

describe('decisionThreshold', () => {
  it('is what was said, or the recommended one', () => {
    expect(decisionThreshold({ threshold: 0.4 }, { embedder, embedderCard: card })).toBe(0.4);
    expect(decisionThreshold({}, { embedder, embedderCard: card })).toBe(card.thresholds.cosine);
  });
  it('follows the calibration of the embedder', () => {
    const threshold = decisionThreshold({ far: 1e-4 }, { embedder, embedderCard: card });
    const { curve } = card.thresholds;
    expect(curve && falseAcceptRateOf(curve, threshold)).toBeCloseTo(1e-4, 8);
    expect(threshold).toBeGreaterThan(card.thresholds.cosine);
  });
  it('refuses two answers to one question', () => {
    expect(() => decisionThreshold({ far: 1e-3, threshold: 0.3 }, { embedder, embedderCard: card })).toThrow(
      /both set the threshold/,
    );
  });
});
