import type { Box } from '../contracts/face.js';
import { defined } from '../options.js';
import { correctMotion, predictMotion, type MotionModel, type MotionState } from './kalman.js';

/** How faces move and how detectors err. Lengths are in multiples of the face's height, times in seconds. */
export interface BoxMotionOptions {
  /** Standard deviation of a detector's box centre. Default 0.03. */
  readonly centreNoise?: number;
  /** Standard deviation of the logarithm of a detector's width and height. Default 0.05. */
  readonly sizeNoise?: number;
  /** Root of the spectral density of the centre's acceleration, heights / s^1.5. Default 3. */
  readonly agility?: number;
  /** Root of the spectral density of the log-size's acceleration, 1 / s^1.5. Default 0.5. */
  readonly sizeAgility?: number;
  /** Standard deviation of a new track's velocity, heights / s. Default 3. */
  readonly initialSpeed?: number;
  /** Seconds after which an unconfirmed velocity has fallen to 1/e. Default 0.6. */
  readonly velocityDecayS?: number;
}

export type BoxMotion = Required<BoxMotionOptions>;

export function boxMotion(options: BoxMotionOptions = {}): BoxMotion {
  return {
    centreNoise: 0.03,
    sizeNoise: 0.05,
    agility: 3,
    sizeAgility: 0.5,
    initialSpeed: 3,
    velocityDecayS: 0.6,
    ...defined(options),
  };
}

/** The four independent filters of a box: centre x, centre y (pixels), log width, log height. */
interface BoxState {
  readonly x: MotionState;
  readonly y: MotionState;
  readonly width: MotionState;
  readonly height: MotionState;
}

/**
 * Kalman filter over a box, in the manner of SORT (Bewley et al., 2016) and ByteTrack (Zhang et al., 2022), but
 * over time instead of frames.
 *
 * State: centre x and y and the logarithms of width and height, each with a velocity. All noise is diagonal in
 * these coordinates, so the 8-dimensional filter of those papers falls apart into four of two dimensions, exactly.
 * The logarithms keep sizes positive and make their noise relative.
 */
export class BoxFilter {
  readonly #motion: BoxMotion;
  #state: BoxState;
  #timeMs: number;

  constructor(box: Box, timeMs: number, motion: BoxMotion = boxMotion()) {
    this.#motion = motion;
    this.#timeMs = timeMs;
    const centre = (motion.centreNoise * box.height) ** 2;
    const speed = (motion.initialSpeed * box.height) ** 2;
    const size = motion.sizeNoise ** 2;
    const still = (position: number, pp: number, vv: number): MotionState => ({
      position,
      velocity: 0,
      pp,
      pv: 0,
      vv,
    });
    this.#state = {
      x: still(box.x + box.width / 2, centre, speed),
      y: still(box.y + box.height / 2, centre, speed),
      width: still(Math.log(box.width), size, 0.25),
      height: still(Math.log(box.height), size, 0.25),
    };
  }

  get timeMs(): number {
    return this.#timeMs;
  }

  /** The most likely box at the filter's time. */
  get box(): Box {
    const { x, y, width, height } = this.#state;
    const w = Math.exp(width.position);
    const h = Math.exp(height.position);
    return { x: x.position - w / 2, y: y.position - h / 2, width: w, height: h };
  }

  /** Velocity of the centre in pixels per second. */
  get velocity(): { readonly x: number; readonly y: number } {
    return { x: this.#state.x.velocity, y: this.#state.y.velocity };
  }

  /** Standard deviation of the centre, in pixels, the larger of the two axes. */
  get uncertainty(): number {
    return Math.sqrt(Math.max(this.#state.x.pp, this.#state.y.pp));
  }

  /** Advances to a time in milliseconds. @throws ArgumentError when it lies before the filter's time. */
  predict(timeMs: number): void {
    const dt = (timeMs - this.#timeMs) / 1000;
    const { agility, sizeAgility, velocityDecayS } = this.#motion;
    const centre: MotionModel = {
      accelerationDensity: (agility * Math.exp(this.#state.height.position)) ** 2,
      velocityDecayS,
    };
    const size: MotionModel = { accelerationDensity: sizeAgility ** 2, velocityDecayS };
    const { x, y, width, height } = this.#state;
    this.#state = {
      x: predictMotion(x, centre, dt),
      y: predictMotion(y, centre, dt),
      width: predictMotion(width, size, dt),
      height: predictMotion(height, size, dt),
    };
    this.#timeMs = timeMs;
  }

  /**
   * Takes in a measured box at the filter's time.
   * @param trust scales the measurement's noise: its standard deviation is divided by this. > 0, default 1.
   */
  correct(measured: Box, trust = 1): void {
    const centre = ((this.#motion.centreNoise * measured.height) / trust) ** 2;
    const size = (this.#motion.sizeNoise / trust) ** 2;
    const { x, y, width, height } = this.#state;
    this.#state = {
      x: correctMotion(x, measured.x + measured.width / 2, centre),
      y: correctMotion(y, measured.y + measured.height / 2, centre),
      width: correctMotion(width, Math.log(measured.width), size),
      height: correctMotion(height, Math.log(measured.height), size),
    };
  }

  clone(): BoxFilter {
    const copy = new BoxFilter({ x: 0, y: 0, width: 1, height: 1 }, this.#timeMs, this.#motion);
    copy.#state = this.#state;
    return copy;
  }
}

/** The box at `share` (0..1) of the way from `a` to `b`; sizes change geometrically. */
export function interpolateBox(a: Box, b: Box, share: number): Box {
  const width = a.width * (b.width / a.width) ** share;
  const height = a.height * (b.height / a.height) ** share;
  const x = (a.x + a.width / 2) * (1 - share) + (b.x + b.width / 2) * share;
  const y = (a.y + a.height / 2) * (1 - share) + (b.y + b.height / 2) * share;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/**
 * Observation-centric re-update (ORU; Cao et al., "Observation-Centric SORT", CVPR 2023): after a gap the errors
 * that the filter piled up while blind are undone by running it again from the last observation over a virtual,
 * straight path to the new one.
 *
 * @param atLastSeen the filter as it was just after the last observation.
 * @param stepMs spacing of the virtual observations; the number of them is bounded to 50.
 * @returns the filter at `timeMs`, corrected with `seen`.
 */
export function observationCentricReupdate(
  atLastSeen: BoxFilter,
  lastSeen: Box,
  seen: Box,
  timeMs: number,
  stepMs: number,
): BoxFilter {
  const filter = atLastSeen.clone();
  const start = filter.timeMs;
  const gap = timeMs - start;
  const steps = Math.min(50, Math.max(1, Math.round(gap / Math.max(stepMs, 1))));
  for (let step = 1; step <= steps; step++) {
    const share = step / steps;
    filter.predict(step === steps ? timeMs : start + gap * share);
    filter.correct(interpolateBox(lastSeen, seen, share));
  }
  return filter;
}
