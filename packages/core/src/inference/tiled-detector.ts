import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { ArgumentError } from '../errors.js';
import { wholeNumber } from '../options.js';
import { nonMaximumSuppression } from '../decode/nms.js';
import { boxArea, intersectionArea, translateBox, translateLandmarks } from '../geometry/box.js';
import { cropImage, wholePixels } from '../image/convert.js';
import { checkDetectOptions } from './check-detect-options.js';
import { itemAt } from '../item-at.js';

export interface TileOptions {
  /**
   * Tiles along the longer side of the picture, on top of the whole picture: 2 finds faces half as large as the
   * detector alone, and costs up to 5 runs instead of 1. Pictures that are longer than twice their other side
   * (panoramas, tall scans) get as many more as they are longer, down to tiles of 480 pixels: faces in them are as large
   * as the shorter side allows. Default 2.
   */
  readonly tiles?: number;
  /** Share of a tile that its neighbour repeats, so that no face up to that size is cut by every tile. Default 0.25. */
  readonly overlap?: number;
  /** Pictures whose longer side is less get no tiles: they are already seen whole. Default 480 pixels. */
  readonly minSide?: number;
}

/** Longer pictures are tiled as if they were several of that shape side by side. */
const MOST_ASPECT = 2;
/** Pixels; smaller tiles would be enlarged for most detectors. */
const LEAST_TILE = 480;

/** The tiles of a picture: a grid of equal, overlapping, nearly square rectangles that covers it. */
export function tileGrid(width: number, height: number, tiles: number, overlap: number): Box[] {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const share = tiles - (tiles - 1) * overlap;
  const step = Math.max(
    Math.min(longer, MOST_ASPECT * shorter) / share,
    Math.min(longer / share, LEAST_TILE),
  );
  const along = (side: number): number =>
    side <= step ? 1 : Math.max(2, Math.ceil((side - step * overlap) / (step * (1 - overlap)) - 1e-6));
  const columns = along(width);
  const rows = along(height);
  const tileWidth = Math.min(width, step);
  const tileHeight = Math.min(height, step);
  const grid: Box[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      grid.push({
        x: columns === 1 ? 0 : (column * (width - tileWidth)) / (columns - 1),
        y: rows === 1 ? 0 : (row * (height - tileHeight)) / (rows - 1),
        width: tileWidth,
        height: tileHeight,
      });
    }
  }
  return grid;
}

/** True when the box touches a side of its tile that is no side of the picture: the face may be cut there. */
function isCut(box: Box, tile: Box, image: Image): boolean {
  const slack = 0.03 * Math.max(tile.width, tile.height);
  return (
    (tile.x > 0 && box.x < tile.x + slack) ||
    (tile.y > 0 && box.y < tile.y + slack) ||
    (tile.x + tile.width < image.width - 1 && box.x + box.width > tile.x + tile.width - slack) ||
    (tile.y + tile.height < image.height - 1 && box.y + box.height > tile.y + tile.height - slack)
  );
}

/** The next tile is prepared while the model looks at one. More would only hold more input buffers. */
const TILES_AT_ONCE = 2;

/**
 * Faces wider than this share of a region that was asked for are left to the search of the whole picture: what only a
 * close look finds of so large a face is a half of it, at the picture's edge or behind something.
 */
const LARGE_IN_REGION = 1 / 7;

/** Two boxes of one face seen at two scales: they overlap, or one lies mostly inside the other. */
const CONTAINED = 0.7;

/**
 * Runs a detector over the whole picture and over overlapping tiles of it, and merges what they find: for detectors
 * with a small fixed input, which miss small faces in large pictures.
 */
export class TiledDetector implements Detector {
  readonly id: string;
  readonly scoreThreshold?: number;
  readonly sure?: number;
  readonly #detector: Detector;
  readonly #tiles: number;
  readonly #overlap: number;
  readonly #minSide: number;

  /** Takes ownership of the detector. @throws ArgumentError when an option lies outside its range. */
  constructor(detector: Detector, options: TileOptions = {}) {
    const { tiles = 2, overlap = 0.25, minSide = 480 } = options;
    if (!(overlap >= 0 && overlap < 1))
      throw new ArgumentError(`overlap must lie in 0..1, not ${String(overlap)}.`);
    if (!(minSide >= 0)) throw new ArgumentError(`minSide must be at least 0, not ${String(minSide)}.`);
    this.#detector = detector;
    this.#tiles = wholeNumber('tiles', tiles, 1);
    this.#overlap = overlap;
    this.#minSide = minSide;
    this.id = detector.id;
    if (detector.scoreThreshold !== undefined) this.scoreThreshold = detector.scoreThreshold;
    if (detector.sure !== undefined) this.sure = detector.sure;
  }

  async detect(
    images: readonly Image[],
    options: DetectOptions = {},
  ): Promise<readonly (readonly Detection[])[]> {
    checkDetectOptions(options);
    return Promise.all(images.map((image) => this.#detectOne(image, options)));
  }

  async #detectOne(image: Image, options: DetectOptions): Promise<readonly Detection[]> {
    const { maxFaces = Infinity, regions = [], ...perRun } = options;
    const whole = itemAt(await this.#detector.detect([image], perRun), 0);
    const tiled = this.#tiles >= 2 && Math.max(image.width, image.height) >= this.#minSide;
    const grid = tiled ? tileGrid(image.width, image.height, this.#tiles, this.#overlap) : regions;
    if (grid.length === 0) return whole.slice(0, maxFaces);
    const ofTiles: (readonly Detection[])[] = [];
    let next = 0;
    const chain = async (): Promise<void> => {
      while (next < grid.length) {
        const at = next++;
        const tile = itemAt(grid, at);
        const most = tiled ? Infinity : LARGE_IN_REGION * tile.width;
        const found = await this.#detectInTile(image, tile, perRun);
        ofTiles[at] = found.filter(({ box }) => box.width <= most);
      }
    };
    await Promise.all(Array.from({ length: TILES_AT_ONCE }, chain));
    const found = [...whole, ...ofTiles.flat()];
    const merged: Detection[] = [];
    for (const candidate of nonMaximumSuppression(found, options.nmsThreshold ?? 0.3)) {
      const inside = merged.some(
        ({ box }) =>
          intersectionArea(box, candidate.box) > CONTAINED * Math.min(boxArea(box), boxArea(candidate.box)),
      );
      if (!inside) merged.push(candidate);
    }
    return merged.slice(0, maxFaces);
  }

  async #detectInTile(image: Image, tile: Box, options: DetectOptions): Promise<readonly Detection[]> {
    const part = wholePixels(image, tile);
    if (part === undefined) return [];
    const found: Detection[] = [];
    for (const detection of await this.#detectInPart(image, part, options)) {
      const box = translateBox(detection.box, part.x, part.y);
      if (isCut(box, tile, image)) continue;
      const landmarks = detection.landmarks && translateLandmarks(detection.landmarks, part.x, part.y);
      found.push({ ...detection, box, ...(landmarks && { landmarks }) });
    }
    return found;
  }

  async #detectInPart(image: Image, part: Box, options: DetectOptions): Promise<readonly Detection[]> {
    if (this.#detector.detectIn !== undefined) return this.#detector.detectIn(image, part, options);
    const crop = cropImage(image, part);
    if (crop === undefined) return [];
    return itemAt(await this.#detector.detect([crop.image], options), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
  }
}
