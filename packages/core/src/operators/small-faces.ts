import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { tileGrid } from '../inference/tiled-detector.js';
import { SEARCH_LAG } from '../tracking/search-lag.js';

/** Pictures whose longer side is less are seen whole. */
const MIN_SIDE = 960;
/** A tile is about this wide, in pixels: half as large as it is to a detector of 320. */
const TILE = 640;
const OVERLAP = 0.25;
/** Faces narrower than this share of the longer side are missed when the whole picture is looked at. */
const SMALL = 1 / 28;
/** Of what scores less than this a tile is not searched again. */
const SURE = 0.6;
/** All tiles are searched at cuts, and so often per tile: four runs a second, however large the picture. */
const EXPLORE_MS_PER_TILE = 250;
/** ... and so often where small faces are known. */
const AGAIN_MS = 1000;
/** Tiles with small faces are searched so often: what lies between is laid between. */
const FOLLOW_MS = 100;

/** What to search in a frame besides the whole of it, and whom to tell of the faces. */
export interface SearchPlan {
  readonly regions: readonly Box[];
  /** Call with what was found, or what came instead. */
  readonly found: (detections: readonly Detection[]) => void;
}

interface Exploration {
  readonly index: number;
  /** Tiles with small faces; undefined while the frame is under way. */
  occupied: readonly Box[] | undefined;
}

/**
 * Small faces of large pictures at little cost: all tiles are searched now and then and at cuts, and those in which small
 * faces were found in between. Other frames are looked at whole only. One instance per video; frames in order, and
 * none begun before the faces of the one {@link SEARCH_LAG} earlier are known.
 */
export class SmallFaceSearch {
  #count = 0;
  #exploredMs = -Infinity;
  #followedMs = -Infinity;
  #latest: Exploration | undefined;
  #settled: Exploration | undefined;

  /** @returns undefined where the whole picture is all there is to search. */
  plan(image: Image, timeMs: number, cut: boolean): SearchPlan | undefined {
    const longer = Math.max(image.width, image.height);
    if (longer < MIN_SIDE) return undefined;
    const index = this.#count++;
    if (cut) this.#settled = this.#latest = undefined;
    if (this.#latest !== undefined && index - this.#latest.index >= SEARCH_LAG) this.#settled = this.#latest;
    const occupied = this.#settled?.occupied ?? [];
    const tiles = Math.max(2, Math.round((longer / TILE - OVERLAP) / (1 - OVERLAP)));
    const grid = tileGrid(image.width, image.height, tiles, OVERLAP);
    const everyMs = EXPLORE_MS_PER_TILE * grid.length;
    const wait = occupied.length > 0 ? Math.min(AGAIN_MS, everyMs) : everyMs;
    if (cut || timeMs - this.#exploredMs >= wait) return this.#explore(grid, longer, index, timeMs);
    if (occupied.length === 0 || timeMs - this.#followedMs < FOLLOW_MS) return undefined;
    this.#followedMs = timeMs;
    return { regions: occupied, found: () => undefined };
  }

  #explore(grid: readonly Box[], longer: number, index: number, timeMs: number): SearchPlan {
    this.#exploredMs = this.#followedMs = timeMs;
    const exploration: Exploration = { index, occupied: undefined };
    this.#latest = exploration;
    const found = (detections: readonly Detection[]): void => {
      const small = detections.filter(({ box, score }) => box.width < SMALL * longer && score >= SURE);
      exploration.occupied = grid.filter((tile) => small.some(({ box }) => holds(tile, box)));
    };
    return { regions: grid, found };
  }
}

function holds(tile: Box, { x, y, width, height }: Box): boolean {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return cx >= tile.x && cy >= tile.y && cx < tile.x + tile.width && cy < tile.y + tile.height;
}
