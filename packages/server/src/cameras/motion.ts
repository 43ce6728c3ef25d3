import type { Image } from '@fr-stream/core';
import type { Zone } from '../config/schema.js';
import { isWatched } from './zones.js';
import { addScaled } from '@fr-stream/core';

const COLUMNS = 64;
const ROWS = 36;
/** Grey levels by which a cell must differ from what it usually shows; above the noise of cameras at night. */
const STEP = 14;
/** How fast what a cell usually shows follows what it shows. */
const LEARN = 0.08;

/**
 * Tells whether something moves: brightness on a coarse grid against its running mean, less what all cells have in
 * common (a lamp, a cloud, the camera's own exposure). Costs some ten thousand reads a picture.
 */
export class MotionDetector {
  readonly #share: number;
  readonly #watched: readonly boolean[];
  #usual: Float32Array | undefined;

  /** @param share of the watched cells that must change, 0..1. */
  constructor(share: number, zones: readonly Zone[]) {
    this.#share = share;
    this.#watched = Array.from({ length: COLUMNS * ROWS }, (_, i) =>
      isWatched(zones, ((i % COLUMNS) + 0.5) / COLUMNS, (Math.floor(i / COLUMNS) + 0.5) / ROWS),
    );
  }

  /** @returns true also for the first picture, of which nothing is known. */
  isMoving(image: Image): boolean {
    const cells = brightness(image);
    const usual = this.#usual;
    if (usual === undefined) {
      this.#usual = cells;
      return true;
    }
    const changes = cells.map((value, i) => value - (usual[i] ?? value));
    const common = Float32Array.from(changes).sort()[changes.length >> 1] ?? 0;
    let moving = 0;
    let watched = 0;
    addScaled(usual, changes, LEARN);
    for (const [i, change] of changes.entries()) {
      if (this.#watched[i] !== true) continue;
      watched++;
      if (Math.abs(change - common) > STEP) moving++;
    }
    return watched > 0 && moving / watched >= this.#share;
  }
}

/** Mean grey of a few points of each cell: luma, or green, which is most of it. */
function brightness({ format, width, height, data }: Image): Float32Array {
  const cells = new Float32Array(COLUMNS * ROWS);
  const [step, offset] = format === 'rgb24' ? [3, 1] : format === 'rgba32' ? [4, 1] : [1, 0];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0;
      for (let k = 0; k < 9; k++) {
        const x = Math.floor(((column + ((k % 3) + 0.5) / 3) * width) / COLUMNS);
        const y = Math.floor(((row + (Math.floor(k / 3) + 0.5) / 3) * height) / ROWS);
        sum += data[(y * width + x) * step + offset] ?? 0;
      }
      cells[row * COLUMNS + column] = sum / 9;
    }
  }
  return cells;
}
