import { describe, expect, it } from 'vitest';
import { type Candidate, type TrackRule } from '@fr-stream/core';
import { Relabelling, ShotPolicy, TrackIdentity, type ShotHistory } from '@fr-stream/core/identity';

const rule: TrackRule = {
  threshold: 0.3,
  margin: 0.05,
  hysteresis: 0.06,
  firstShotMargin: 0.05,
  rejectThreshold: 0.15,
};
const person = (name: string, score: number): Candidate => ({ personId: `id-${name}`, name, score });
/** Unit vector at an angle in degrees, in the plane. */
const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('TrackIdentity', () => {
  const track = (shots = 1): TrackIdentity => {
    const identity = new TrackIdentity(1, 0);
    for (let i = 0; i < shots; i++) identity.add(at(0), 0.8, i * 300, rule.rejectThreshold);
    return identity;
  };

  it('weighs pictures by their quality', () => {
    const identity = new TrackIdentity(1, 0);
    identity.add(at(0), 0.9, 0, 0.15);
    identity.add(at(60), 0.1, 300, 0.15);
    // 0.9 (1, 0) + 0.1 (1/2, √3/2) = (0.95, 0.0866): 5.21 degrees.
    const [x, y] = identity.appearance ?? [];
    expect((Math.atan2(y, x) * 180) / Math.PI).toBeCloseTo(5.2087, 3);
  });

  it('believes what is hollow by what the detector was sure of, not by how often it was found again', () => {
    const seen = (score: number, expected: number, frames: number): boolean => {
      const identity = track(1);
      identity.expected = expected;
      identity.observe(0.9);
      for (let i = 1; i < frames; i++) identity.observe(score);
      return identity.believed;
    };
    // A hand: log odds of 0.9, 2.2, less 2.5, less 0.75 for what is expected, and what sixteen frames are worth.
    expect(seen(0.6, 0.22, 16)).toBe(false);
    expect(seen(0.85, 0.22, 16)).toBe(true);
    // A face in the dark is not hollow.
    expect(seen(0.6, 0.33, 16)).toBe(true);
  });

  it('asks more for a name from one picture than from two', () => {
    const identity = track(1);
    identity.decide([person('Ada', 0.33)], rule);
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'below-threshold' });
    identity.add(at(0), 0.8, 300, 0.15);
    identity.decide([person('Ada', 0.33)], rule);
    expect(identity.identity).toMatchObject({ kind: 'known', name: 'Ada' });
  });

  it('keeps a name a little below the threshold, and gives it up only when contradicted twice', () => {
    const identity = track(2);
    identity.decide([person('Ada', 0.4)], rule);
    identity.decide([person('Ada', 0.25)], rule);
    expect(identity.identity).toMatchObject({ kind: 'known', name: 'Ada', score: 0.25 });
    identity.decide([person('Ada', 0.2)], rule);
    expect(identity.identity).toMatchObject({ kind: 'known', name: 'Ada' });
    identity.decide([person('Ada', 0.2)], rule);
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'below-threshold' });
  });

  it('changes to another name only on a second picture', () => {
    const identity = track(2);
    identity.decide([person('Ada', 0.4)], rule);
    identity.decide([person('Ben', 0.5), person('Ada', 0.35)], rule);
    expect(identity.identity).toMatchObject({ name: 'Ada' });
    identity.decide([person('Ben', 0.5), person('Ada', 0.35)], rule);
    expect(identity.identity).toMatchObject({ name: 'Ben' });
  });

  it('never names the nearest person below the threshold, nor one of two that are alike', () => {
    const identity = track(2);
    identity.decide([person('Ada', 0.29)], rule);
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'below-threshold' });
    identity.decide([person('Ada', 0.6), person('Ben', 0.58)], rule);
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'ambiguous' });
  });

  it('ignores one strange picture, and starts anew with two that agree', () => {
    const identity = track(2);
    identity.decide([person('Ada', 0.4)], rule);
    expect(identity.add(at(95), 0.9, 900, 0.15)).toBe(false);
    expect(identity.identity).toMatchObject({ name: 'Ada' });
    expect(identity.appearance?.[0]).toBeCloseTo(1, 6);
    expect(identity.add(at(100), 0.9, 1200, 0.15)).toBe(true);
    expect(identity.shots).toBe(1);
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'not-evaluated' });
  });

  it('forgets a strange picture when the next is as before', () => {
    const identity = track(2);
    identity.add(at(95), 0.9, 900, 0.15);
    identity.add(at(1), 0.9, 1200, 0.15);
    expect(identity.add(at(95), 0.9, 1500, 0.15)).toBe(false);
  });

  it('shows a taken name as unknown, with the label', () => {
    const identity = track(2);
    identity.decide([person('Ada', 0.4)], rule);
    identity.conflict = true;
    identity.label = 'unknown-3';
    expect(identity.identity).toMatchObject({ kind: 'unknown', reason: 'conflict', label: 'unknown-3' });
    identity.conflict = false;
    expect(identity.identity).toMatchObject({ kind: 'known', name: 'Ada' });
  });
});

describe('ShotPolicy', () => {
  const policy = new ShotPolicy();
  const fresh: ShotHistory = { shots: 0, lastShotMs: 0, firstSeenMs: 0, bestQuality: 0, settled: false };
  const settled: ShotHistory = { shots: 2, lastShotMs: 300, firstSeenMs: 0, bestQuality: 0.6, settled: true };
  const offer = (timeMs: number, quality: number, crowded = false) => ({ timeMs, quality, crowded });

  it.each([
    ['a good first picture at once', fresh, offer(0, 0.6), true],
    ['not a poor one', fresh, offer(0, 0.3), false],
    ['the poor one after waiting', fresh, offer(320, 0.3), true],
    ['even a useless one where there is no other: every track is somebody', fresh, offer(320, 0.05), true],
    ['no useless one beside a better', settled, offer(9000, 0.05), false],
    ['one that may show two faces, when no other comes', fresh, offer(320, 0.9, true), true],
    ['not a first one that shows two faces', fresh, offer(0, 0.9, true), false],
    ['no second one of the same kind', settled, offer(1000, 0.6), false],
    ['a clearly better one', settled, offer(1000, 0.75), true],
    ['not so soon after the last', settled, offer(400, 0.9), false],
    ['not while another face is close', settled, offer(1000, 0.9, true), false],
    ['another one while in doubt', { ...settled, settled: false }, offer(600, 0.6), true],
    [
      'a poor one while in doubt, when no better has come',
      { ...settled, settled: false },
      offer(1300, 0.1),
      true,
    ],
    ['no poor one at once', { ...settled, settled: false }, offer(600, 0.1), false],
    ['no more than five for a doubt', { ...settled, settled: false, shots: 5 }, offer(600, 0.6), false],
    ['one now and then', settled, offer(5300, 0.5), true],
  ] as const)('takes %s', (_what, history, picture, expected) => {
    expect(policy.accepts(history, picture)).toBe(expected);
  });

  it('follows the tracker that asks for a look', () => {
    expect(policy.accepts(settled, { ...offer(500, 0.5), wants: 'verification' })).toBe(true);
  });

  it('takes everything when told so', () => {
    expect(new ShotPolicy({ embed: 'every' }).accepts(settled, offer(301, 0.01, true))).toBe(true);
  });
});

describe('Relabelling', () => {
  it('follows swaps, re-entries and splits in the order in which they became known', () => {
    const relabelling = new Relabelling();
    relabelling.add([
      { from: 1, to: 2, sinceMs: 100, reason: 'swap' },
      { from: 2, to: 1, sinceMs: 100, reason: 'swap' },
    ]);
    relabelling.add([{ from: 2, to: 5, sinceMs: 150, reason: 're-entry' }]);
    expect([50, 100, 200].map((timeMs) => relabelling.idOf(1, timeMs))).toEqual([1, 2, 5]);
    expect([50, 100, 200].map((timeMs) => relabelling.idOf(2, timeMs))).toEqual([2, 1, 1]);
    expect(relabelling.idOf(2, 200, 1)).toBe(5);
    expect(relabelling.idOf(2, 200, 2)).toBe(2);
  });
});
