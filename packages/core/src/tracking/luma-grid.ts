import type { Image } from '../contracts/image.js';

/** Cells along each side of the grid that a frame is reduced to. */
const GRID = 24;
/** Samples along each side of a cell: enough to average out noise and texture. */
const SAMPLES = 4;
/** Variance of the grid, luma in 0..1, below which a picture has no structure to compare. */
const FLAT = 0.0004;

/** Mean luma per cell in 0..1, less the mean of all cells. */
export function centredLumaGrid({ format, width, height, data }: Image): Float32Array {
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
export function gridCorrelation(a: Float32Array, b: Float32Array): number {
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
