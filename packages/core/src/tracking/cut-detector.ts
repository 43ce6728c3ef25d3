import type { Image } from '../contracts/image.js';
import { defined } from '../options.js';

export interface CutDetectorOptions {
  /** A change must exceed this, on a scale of 0 (same picture) to about 1 (nothing in common). Default 0.4. */
  readonly minChange?: number;
  /** A change must exceed the usual change of the last frames by this factor. Default 4. */
  readonly ratio?: number;
  /** After a cut none is reported for so long, in milliseconds. Default 250. */
  readonly refractoryMs?: number;
  /** Time over which the usual change is learnt, in milliseconds. Default 1000. */
  readonly memoryMs?: number;
}

/** Cells along each side of the grid that a frame is reduced to. */
const GRID = 24;
/** Samples along each side of a cell: enough to average out noise and texture. */
const SAMPLES = 4;
/** Variance of the grid, luma in 0..1, below which a picture has no structure to compare. */
const FLAT = 0.0004;

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
  #lastTimeMs = 0;
  #cutMs = -Infinity;
  #usual = 0;

  constructor(options: CutDetectorOptions = {}) {
    this.#options = { minChange: 0.4, ratio: 4, refractoryMs: 250, memoryMs: 1000, ...defined(options) };
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
    const change = 1 - correlation(last, grid);
    const { minChange, ratio, refractoryMs, memoryMs } = this.#options;
    const cut = change > Math.max(minChange, ratio * this.#usual) && timeMs - this.#cutMs >= refractoryMs;
    // A cut says nothing about how restless the shots are.
    if (cut) this.#cutMs = timeMs;
    else this.#usual += (1 - Math.exp(-passedMs / memoryMs)) * (change - this.#usual);
    return cut;
  }

  /** Forgets the last frame, after a seek. */
  reset(): void {
    this.#last = undefined;
    this.#cutMs = -Infinity;
    this.#usual = 0;
  }
}

/** Mean luma per cell in 0..1, less the mean of all cells. */
function centredLumaGrid({ format, width, height, data }: Image): Float32Array {
  const step = format === 'rgb24' ? 3 : format === 'rgba32' ? 4 : 1;
  const grid = new Float32Array(GRID * GRID);
  const side = GRID * SAMPLES;
  for (let row = 0; row < side; row++) {
    const y = Math.floor(((row + 0.5) * height) / side);
    const rowOfCells = Math.floor(row / SAMPLES) * GRID;
    for (let column = 0; column < side; column++) {
      const at = (y * width + Math.floor(((column + 0.5) * width) / side)) * step;
      // BT.601 luma; the exact weights do not matter here.
      const luma = step === 1 ? data[at] : 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      grid[rowOfCells + Math.floor(column / SAMPLES)] += luma / (SAMPLES * SAMPLES * 255);
    }
  }
  const mean = grid.reduce((sum, value) => sum + value, 0) / grid.length;
  for (let i = 0; i < grid.length; i++) grid[i] -= mean;
  return grid;
}

/** -1..1; two flat pictures correlate fully, a flat one and another not at all. */
function correlation(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const flat = FLAT * a.length;
  return (ab + flat) / Math.sqrt((aa + flat) * (bb + flat));
}
