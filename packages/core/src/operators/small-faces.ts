import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { iou } from '../geometry/box.js';
import { tileGrid } from '../inference/tiled-detector.js';
import { SEARCH_LAG } from '../tracking/search-lag.js';

/** Pictures whose longer side is less are seen whole. */
const MIN_SIDE = 960;
/** A tile is about this wide, in pixels: half as large as it is to a detector of 320. */
const TILE = 640;
const OVERLAP = 0.25;
/** Faces narrower than this share of the longer side are missed when the whole picture is looked at. */
const SMALL = 1 / 28;
/**
 * Larger ones, up to this share, may be hidden from it all the same, in the dark or turned away: they are followed where a
 * search of the whole picture did not find them.
 */
const MEDIUM = 1 / 14;
/** IoU of one face in two frames a moment apart. */
const SAME = 0.3;
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
  readonly grid: readonly Box[];
  /** Undefined while the frame is under way. */
  found: readonly Detection[] | undefined;
  /** The first search of the whole picture only that came after it. */
  glance?: { readonly index: number; found: readonly Detection[] | undefined };
}

/**
 * Small faces of large pictures at little cost: all tiles are searched now and then and at cuts, and in between those in
 * which small faces were found, or larger ones that the whole picture does not show. Other frames are looked at whole only.
 * One instance per video; frames in order, and none begun before the faces of the one {@link SEARCH_LAG} earlier are known.
 */
export class SmallFaceSearch {
  #count = 0;
  #exploredMs = -Infinity;
  #followedMs = -Infinity;
  /** The latest whose faces may be used, and those that came after it. */
  #explorations: Exploration[] = [];

  /** @returns undefined where the whole picture is all there is to search, and nothing is to be learnt from it. */
  plan(image: Image, timeMs: number, cut: boolean): SearchPlan | undefined {
    const longer = Math.max(image.width, image.height);
    if (longer < MIN_SIDE) return undefined;
    const index = this.#count++;
    if (cut) this.#explorations = [];
    const settled = this.#explorations.findLast((one) => index - one.index >= SEARCH_LAG);
    if (settled !== undefined) {
      this.#explorations = this.#explorations.filter((one) => one.index >= settled.index);
    }
    const occupied = settled === undefined ? [] : occupiedTiles(settled, index, longer);
    const tiles = Math.max(2, Math.round((longer / TILE - OVERLAP) / (1 - OVERLAP)));
    const grid = tileGrid(image.width, image.height, tiles, OVERLAP);
    const everyMs = EXPLORE_MS_PER_TILE * grid.length;
    const wait = occupied.length > 0 ? Math.min(AGAIN_MS, everyMs) : everyMs;
    if (cut || timeMs - this.#exploredMs >= wait) return this.#explore(grid, index, timeMs);
    if (occupied.length > 0 && timeMs - this.#followedMs >= FOLLOW_MS) {
      this.#followedMs = timeMs;
      return { regions: occupied, found: () => undefined };
    }
    return this.#glance(index);
  }

  #explore(grid: readonly Box[], index: number, timeMs: number): SearchPlan {
    this.#exploredMs = this.#followedMs = timeMs;
    const exploration: Exploration = { index, grid, found: undefined };
    this.#explorations.push(exploration);
    return {
      regions: grid,
      found: (detections) => {
        exploration.found = detections.filter(({ score }) => score >= SURE);
      },
    };
  }

  /** The first look at the whole picture after an exploration tells what the tiles were needed for. */
  #glance(index: number): SearchPlan | undefined {
    const latest = this.#explorations.at(-1);
    if (latest === undefined || latest.glance !== undefined) return undefined;
    const glance: NonNullable<Exploration['glance']> = { index, found: undefined };
    latest.glance = glance;
    return {
      regions: [],
      found: (detections) => {
        glance.found = detections;
      },
    };
  }
}

/** Tiles with faces that the whole picture hardly shows. */
function occupiedTiles({ found = [], glance, grid }: Exploration, index: number, longer: number): Box[] {
  const shown = glance !== undefined && index - glance.index >= SEARCH_LAG ? glance.found : undefined;
  const hidden = (box: Box): boolean =>
    box.width < MEDIUM * longer && shown?.some((other) => iou(other.box, box) >= SAME) === false;
  const wanted = found.filter(({ box }) => box.width < SMALL * longer || hidden(box));
  return grid.filter((tile) => wanted.some(({ box }) => holds(tile, box)));
}

function holds(tile: Box, { x, y, width, height }: Box): boolean {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return cx >= tile.x && cy >= tile.y && cx < tile.x + tile.width && cy < tile.y + tile.height;
}
