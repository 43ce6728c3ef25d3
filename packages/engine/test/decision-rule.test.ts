import { falseAcceptRateOf } from '@fr-stream/core';
import { findCardFor } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { decisionRule, decisionThreshold } from '../src/decision-rule.js';

const card = findCardFor('embedder', 'faceplugin-feature-512');

describe('decisionThreshold', () => {
  it('is what was said, or the recommended one', () => {
    expect(decisionThreshold({ threshold: 0.4 }, card)).toBe(0.4);
    expect(decisionThreshold({}, card)).toBe(card.thresholds.cosine);
  });
  it('follows the calibration of the embedder', () => {
    const threshold = decisionThreshold({ far: 1e-4 }, card);
    const { curve } = card.thresholds;
    expect(curve && falseAcceptRateOf(curve, threshold)).toBeCloseTo(1e-4, 8);
    expect(threshold).toBeGreaterThan(card.thresholds.cosine);
  });
  it('refuses two answers to one question', () => {
    expect(() => decisionThreshold({ far: 1e-3, threshold: 0.3 }, card)).toThrow(/both set the threshold/);
  });
});

describe('decisionRule', () => {
  const facts = (mean: number, std: number) => {
    const { curve } = card.thresholds;
    if (curve === undefined) throw new Error('the default embedder is calibrated');
    return { id: 'other', thresholds: { cosine: 0.9, curve: { ...curve, bulk: { mean, std } } } };
  };

  it('of an embedder whose strangers spread half as far has margins half as large', () => {
    const usual = decisionRule(card);
    const { std = Number.NaN } = card.thresholds.curve?.bulk ?? {};
    const narrow = decisionRule(facts(0.7, std / 2));
    expect(narrow.threshold).toBe(0.9);
    expect(narrow.margin).toBeCloseTo(usual.margin / 2, 12);
    expect(narrow.linkThreshold - 0.9).toBeCloseTo((usual.linkThreshold - usual.threshold) / 2, 12);
    expect(narrow.hysteresis).toBeCloseTo(usual.hysteresis / 2, 12);
    expect(narrow.firstShotMargin).toBeCloseTo(usual.firstShotMargin / 2, 12);
    // Half way between strangers at 0.7 and the threshold, not half the threshold: 0.45 would never be undercut.
    expect(narrow.rejectThreshold).toBeCloseTo(0.8, 12);
  });
  it('takes a margin that is said as it is, and goes by the threshold that is said', () => {
    const rule = decisionRule(facts(0.7, 0.01), { threshold: 0.8, margin: 0.2 });
    expect(rule.margin).toBe(0.2);
    expect(rule.rejectThreshold).toBeCloseTo(0.75, 12);
    expect(rule.linkThreshold).toBeGreaterThan(0.8);
    expect(rule.linkThreshold).toBeLessThan(0.82);
  });
});
