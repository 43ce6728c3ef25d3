import {
  AppearanceTracker,
  ByteTracker,
  CutDetector,
  defined,
  type Detection,
  type Image,
  type Tracker,
} from '@fr-stream/core';
import { ShotPolicy } from '@fr-stream/core/identity';
import { describe, expect, it } from 'vitest';

/** Options as JavaScript callers pass them, where an unset variable is `undefined`. */
function unset(...names: string[]): object {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

const grey = (value: number): Image => ({
  format: 'gray8',
  width: 48,
  height: 48,
  // A ramp, so that the picture has structure; its direction is what `value` turns round.
  data: Uint8Array.from({ length: 48 * 48 }, (_, i) => (value > 0 ? i % 48 : 47 - (i % 48)) * 5),
});

const face = (score: number): Detection => ({ box: { x: 10, y: 10, width: 40, height: 50 }, score });

/** The tracks of one face that stays for ten frames while its score falls. */
function follow(tracker: Tracker): unknown[] {
  return Array.from({ length: 10 }, (_, i) =>
    tracker.update({ timeMs: i * 40, width: 320, height: 240, detections: [face(0.9 - 0.07 * i)] }),
  );
}

describe('options that are undefined', () => {
  it('are not there', () => {
    expect(Object.keys(defined({ a: undefined, b: 0, c: null, d: false, e: '' }))).toEqual([
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('leave the defaults of CutDetector: a turned-round ramp is a cut', () => {
    const detector = new CutDetector(unset('minChange', 'ratio', 'refractoryMs', 'memoryMs'));
    expect(detector.isCut(grey(1), 0)).toBe(false);
    expect(detector.isCut(grey(1), 400)).toBe(false);
    expect(detector.isCut(grey(0), 800)).toBe(true);
  });

  it('leave the defaults of ShotPolicy: a good first picture is accepted, a bad one is not', () => {
    const policy = new ShotPolicy(
      unset('embed', 'minQuality', 'goodQuality', 'patienceMs', 'better', 'intervalMs'),
    );
    const fresh = { firstSeenMs: 0, lastShotMs: 0, bestQuality: 0, shots: 0, settled: false };
    expect(policy.accepts(fresh, { timeMs: 0, quality: 0.8, crowded: false })).toBe(true);
    expect(policy.accepts(fresh, { timeMs: 0, quality: 0.05, crowded: false })).toBe(false);
  });

  it('leave the defaults of the trackers', () => {
    expect(
      follow(new AppearanceTracker(unset('highScore', 'lowScore', 'confirmHits', 'lostMs', 'margin'))),
    ).toEqual(follow(new AppearanceTracker()));
    expect(
      follow(new ByteTracker({ ...unset('highScore', 'lowScore'), motion: unset('agility', 'centreNoise') })),
    ).toEqual(follow(new ByteTracker()));
  });
});
