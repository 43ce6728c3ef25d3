import { describe, expect, it } from 'vitest';
import { correctMotion, predictMotion, type MotionState } from '../../src/tracking/kalman.js';
import { normalFrom, randomFrom } from './random.js';

const still = { accelerationDensity: 0, velocityDecayS: Infinity };

describe('predictMotion and correctMotion', () => {
  it('follow a step worked by hand', () => {
    // F = [1 1; 0 1], P = I  ->  P' = F F^T = [2 1; 1 1]
    const predicted = predictMotion({ position: 0, velocity: 0, pp: 1, pv: 0, vv: 1 }, still, 1);
    expect(predicted).toEqual({ position: 0, velocity: 0, pp: 2, pv: 1, vv: 1 });
    // z = 1, R = 1: S = 3, K = [2/3 1/3], P'' = (I - K H) P' = [2/3 1/3; 1/3 2/3]
    const corrected = correctMotion(predicted, 1, 1);
    expect(corrected.position).toBeCloseTo(2 / 3, 12);
    expect(corrected.velocity).toBeCloseTo(1 / 3, 12);
    expect(corrected.pp).toBeCloseTo(2 / 3, 12);
    expect(corrected.pv).toBeCloseTo(1 / 3, 12);
    expect(corrected.vv).toBeCloseTo(2 / 3, 12);
  });

  it('add white-noise-acceleration noise q [dt³/3 dt²/2; dt²/2 dt]', () => {
    const zero = { position: 0, velocity: 0, pp: 0, pv: 0, vv: 0 };
    const { pp, pv, vv } = predictMotion(zero, { accelerationDensity: 6, velocityDecayS: Infinity }, 2);
    expect([pp, pv, vv]).toEqual([16, 12, 12]);
  });

  it('equal the least-squares line where there is no process noise, at uneven times', () => {
    const random = normalFrom(randomFrom(4));
    const times = [0, 0.04, 0.1, 0.11, 0.3, 0.5, 0.55, 0.9];
    const values = times.map((t) => 3 + 7 * t + 0.2 * random());
    let state: MotionState = { position: 0, velocity: 0, pp: 1e9, pv: 0, vv: 1e9 };
    let now = 0;
    times.forEach((t, i) => {
      state = correctMotion(predictMotion(state, still, t - now), values[i], 0.04);
      now = t;
    });
    const n = times.length;
    const meanT = times.reduce((a, b) => a + b) / n;
    const meanV = values.reduce((a, b) => a + b) / n;
    const slope =
      times.reduce((sum, t, i) => sum + (t - meanT) * (values[i] - meanV), 0) /
      times.reduce((sum, t) => sum + (t - meanT) ** 2, 0);
    expect(state.velocity).toBeCloseTo(slope, 4);
    expect(state.position).toBeCloseTo(meanV + slope * (now - meanT), 4);
    // Textbook variance of the slope: σ² / Σ(t - mean)².
    expect(state.vv).toBeCloseTo(0.04 / times.reduce((sum, t) => sum + (t - meanT) ** 2, 0), 4);
  });

  it.each([Infinity, 0.5])('give the same result in one step as in many (decay %d s)', (velocityDecayS) => {
    const model = { accelerationDensity: 5, velocityDecayS };
    const start = { position: 10, velocity: -4, pp: 2, pv: 0.5, vv: 3 };
    const once = predictMotion(start, model, 0.7);
    let often: MotionState = start;
    for (const dt of [0.1, 0.25, 0.05, 0.3]) often = predictMotion(often, model, dt);
    for (const key of ['position', 'velocity', 'pp', 'pv', 'vv'] as const) {
      expect(often[key]).toBeCloseTo(once[key], 9);
    }
  });

  it('let an unconfirmed velocity die: the way left is v·τ, its variance tends to q·τ/2', () => {
    const start = { position: 0, velocity: 8, pp: 0, pv: 0, vv: 0 };
    const late = predictMotion(start, { accelerationDensity: 6, velocityDecayS: 0.5 }, 100);
    expect(late.position).toBeCloseTo(4, 9);
    expect(late.velocity).toBeCloseTo(0, 9);
    expect(late.vv).toBeCloseTo(1.5, 9);
  });

  it('refuse to go back in time', () => {
    expect(() => predictMotion({ position: 0, velocity: 0, pp: 1, pv: 0, vv: 1 }, still, -0.1)).toThrow(
      /-0.1 s/,
    );
  });
});
