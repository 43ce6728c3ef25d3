import type { Image } from '../contracts/image.js';
import { centredLumaGrid, gridCorrelation } from './luma-grid.js';
import { defined } from '../options.js';

export interface CutDetectorOptions {
  /** A change must exceed this, on a scale of 0 (same picture) to about 1 (nothing in common). Default 0.4. */
  readonly minChange?: number;
  /** A change must exceed the usual change of the last frames by this factor, ... Default 4. */
  readonly ratio?: number;
  /** ... if it is not larger than this anyhow: of a few frames a second each is much unlike the last. Default 0.65. */
  readonly sureChange?: number;
  /**
   * For so long after a cut a change is another one only if the picture is not that of before the first, in milliseconds:
   * flashes and single odd frames are over by then. Default 250.
   */
  readonly refractoryMs?: number;
  /** Time over which the usual change is learnt, in milliseconds. Default 1000. */
  readonly memoryMs?: number;
}

/**
 * Finds hard cuts from the luma of successive frames.
 *
 * A frame is reduced to a 24x24 grid of mean luma, and the change between two frames is 1 minus the correlation
 * of their grids: noise, a flash or a change of exposure hardly touch it, motion touches it gradually. A cut is
 * a change above a floor that is also well above the usual change of the video (an adaptive threshold, as in the
 * pairwise methods compared by Boreczky and Rowe, "Comparison of video shot boundary detection techniques",
 * 1996). A picture without structure (black, white) is unlike any that has some. Dissolves and fades are not
 * reported.
 *
 * Stateful: one instance per video, frames in order. Of `yuv420p` it reads the luma plane only. A frame costs
 * 9,216 samples, whatever its size.
 */
export class CutDetector {
  readonly #options: Required<CutDetectorOptions>;
  #last: Float32Array | undefined;
  /** The last frame before the last cut. */
  #beforeCut: Float32Array | undefined;
  #lastTimeMs = 0;
  #cutMs = -Infinity;
  #usual = 0;

  constructor(options: CutDetectorOptions = {}) {
    this.#options = {
      minChange: 0.4,
      ratio: 4,
      sureChange: 0.65,
      refractoryMs: 250,
      memoryMs: 1000,
      ...defined(options),
    };
  }

  /**
   * @param timeMs presentation time, not before that of the last frame.
   * @returns whether this frame is the first of a new shot. False for the very first frame.
   */
  isCut(image: Image, timeMs: number): boolean {
    const grid = centredLumaGrid(image);
    const last = this.#last;
    const passedMs = timeMs - this.#lastTimeMs;
    this.#last = grid;
    this.#lastTimeMs = timeMs;
    if (last === undefined) return false;
    const change = 1 - gridCorrelation(last, grid);
    const { minChange, ratio, sureChange, refractoryMs, memoryMs } = this.#options;
    const recent = timeMs - this.#cutMs < refractoryMs ? this.#beforeCut : undefined;
    const back = recent !== undefined && 1 - gridCorrelation(recent, grid) <= minChange;
    const cut = change > Math.max(minChange, Math.min(ratio * this.#usual, sureChange)) && !back;
    // A cut says nothing about how restless the shots are.
    if (cut) [this.#cutMs, this.#beforeCut] = [timeMs, last];
    else this.#usual += (1 - Math.exp(-passedMs / memoryMs)) * (change - this.#usual);
    return cut;
  }

  /** Forgets the last frame, after a seek. */
  reset(): void {
    this.#last = this.#beforeCut = undefined;
    this.#cutMs = -Infinity;
    this.#usual = 0;
  }
}
