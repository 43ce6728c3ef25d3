import { failedGate, gatesOf } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const face = {
  detection: { box: { x: 0, y: 0, width: 60, height: 80 }, score: 0.8 },
  quality: { size: 60, sharpness: 90, yaw: -0.4, pitch: -15, roll: -20, overall: 0.5 },
  norm: 11.25,
};

describe('failedGate', () => {
  it('passes what is at a limit, and asks nothing that was not given', () => {
    expect(failedGate(face, {})).toBeUndefined();
    const limits = {
      minQuality: 0.5,
      minSize: 60,
      minSharpness: 90,
      maxYaw: 0.4,
      maxPitch: 15,
      maxRoll: 20,
      minScore: 0.8,
    };
    expect(failedGate(face, { ...limits, minNorm: 11.25 })).toBeUndefined();
  });

  it.each([
    [{ minQuality: 0.6 }, 'quality 0.50 < 0.6'],
    [{ minSize: 61 }, 'size 60 < 61'],
    [{ minSharpness: 100 }, 'sharpness 90 < 100'],
    [{ maxYaw: 0.3 }, 'yaw 0.40 > 0.3'],
    [{ maxPitch: 14 }, 'pitch 15 > 14'],
    [{ maxRoll: 10 }, 'roll 20 > 10'],
    [{ minScore: 0.9 }, 'score 0.80 < 0.9'],
    [{ minNorm: 12 }, 'norm 11.3 < 12'],
  ])('names the gate of %j', (gates, message) => {
    expect(failedGate(face, gates)).toBe(message);
  });

  it('finds the gates among other options', () => {
    expect(gatesOf({ ...{ gallery: 'a.db' }, maxPitch: 15, minNorm: 0 })).toEqual({
      maxPitch: 15,
      minNorm: 0,
    });
  });

  it('asks for no norm where none is known', () => {
    const { detection, quality } = face;
    expect(failedGate({ detection, quality }, { minNorm: 99 })).toBeUndefined();
  });
});
