import { ArgumentError } from '../errors.js';

/** Mean and covariance of a position and its velocity. Units: u (any unit of length), u/s. */
export interface MotionState {
  readonly position: number;
  readonly velocity: number;
  /** Variance of the position, u². */
  readonly pp: number;
  /** Covariance of position and velocity, u²/s. */
  readonly pv: number;
  /** Variance of the velocity, u²/s². */
  readonly vv: number;
}

export interface MotionModel {
  /** Spectral density of the random acceleration, u²/s³, >= 0: how readily the velocity changes. */
  readonly accelerationDensity: number;
  /**
   * Time in seconds after which a velocity that nothing confirms has fallen to 1/e, > 0. `Infinity`: it never
   * falls (the constant-velocity model).
   */
  readonly velocityDecayS: number;
}

/**
 * Moves a state `dt` seconds into the future.
 *
 * The velocity is an Ornstein-Uhlenbeck process, dv = -v/τ·dt + √q·dW, integrated exactly, so that one step of
 * a + b seconds equals a step of a and one of b: the result does not depend on the frame rate. With τ = ∞ this is
 * the white-noise-acceleration model (Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and
 * Navigation", 2001, section 6.2.2).
 *
 * @param dt seconds, >= 0.
 * @throws ArgumentError when `dt` is negative or not finite.
 */
export function predictMotion(state: MotionState, model: MotionModel, dt: number): MotionState {
  if (!(dt >= 0 && dt < Infinity)) throw new ArgumentError(`time step is ${dt} s`);
  if (dt === 0) return state;
  const { accelerationDensity: q, velocityDecayS: tau } = model;
  let keep = 1;
  let reach = dt;
  let noisePP = (q * dt ** 3) / 3;
  let noisePV = (q * dt ** 2) / 2;
  let noiseVV = q * dt;
  if (tau !== Infinity) {
    keep = Math.exp(-dt / tau);
    const lost = -Math.expm1(-dt / tau);
    const lostTwice = -Math.expm1((-2 * dt) / tau);
    reach = tau * lost;
    noisePP = q * tau * tau * (dt - 2 * tau * lost + (tau / 2) * lostTwice);
    noisePV = (q * tau * tau * lost * lost) / 2;
    noiseVV = (q * tau * lostTwice) / 2;
  }
  return {
    position: state.position + reach * state.velocity,
    velocity: keep * state.velocity,
    pp: state.pp + 2 * reach * state.pv + reach * reach * state.vv + noisePP,
    pv: keep * (state.pv + reach * state.vv) + noisePV,
    vv: keep * keep * state.vv + noiseVV,
  };
}

/**
 * Corrects a state with a measured position (Kalman, 1960).
 * @param variance of the measurement, u², > 0.
 */
export function correctMotion(state: MotionState, measured: number, variance: number): MotionState {
  const innovation = measured - state.position;
  const total = state.pp + variance;
  const gainP = state.pp / total;
  const gainV = state.pv / total;
  return {
    position: state.position + gainP * innovation,
    velocity: state.velocity + gainV * innovation,
    pp: (1 - gainP) * state.pp,
    pv: (1 - gainP) * state.pv,
    vv: state.vv - gainV * state.pv,
  };
}
