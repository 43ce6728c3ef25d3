import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { scaleBox } from '../geometry/box.js';
import { isDue, SEARCH_LAG } from './search-lag.js';

export interface CalmFramesOptions {
  /** A block has changed when its mean luma has by more than this, of 255. Default 16. */
  readonly minChange?: number;
  /** A frame is calm when no more than this share of its blocks has changed since the last one searched. Default 0.06. */
  readonly share?: number;
  /** ... and no more than this share of those around the faces that were found last. Default 0.25. */
  readonly shareAtFaces?: number;
  /**
   * However calm it is, one frame is searched in each stretch of the video's time of so many milliseconds, counted from 0,
   * see {@link isDue}. Default 160.
   */
  readonly mostMs?: number;
  /**
   * As `mostMs`, where faces move or are not sure, but are as many as before, and little has changed elsewhere. Default 80:
   * of 25 frames per second every other one.
   */
  readonly movingMs?: number;
  /** A face that scores less is not sure, 0..1. Default 0.9. */
  readonly sure?: number;
  /** What scores less is nothing to go by: it may only continue a track, see `openVideo`. 0..1, default 0. */
  readonly least?: number;
}

/** Blocks along the longer side. */
const BLOCKS = 64;
/** Samples along each side of a block. */
const SAMPLES = 3;

/** Searches that must have given equally many sure faces, one after the other. */
const SETTLED = 6;

/** A settled face moves by no more than this share of its width from frame to frame. */
const SLOW = 0.08;
/** ... and one that moves by no more than this: what lies between is laid between. */
const FAST = 0.25;
/** Blocks around a face are those of its box enlarged so much. */
const AROUND = 2;

interface Search {
  readonly index: number;
  faces: readonly Box[];
  /** Undefined while it is under way; NaN where a face was not sure. */
  sureFaces: number | undefined;
}

/**
 * Tells which frames of a video need not be searched for faces: those in which little has changed since the last one that
 * was, while the faces are settled (as many as before, all of them sure and none of them fast), and for a shorter time those
 * in which faces move but nothing else. A frame is reduced to blocks of mean luma, 64 along its longer side. Faces of frames
 * in between are carried on by the tracker, and laid between what was found before and after them where frames are held
 * back.
 *
 * Stateful: one instance per video; frames in order, and none begun before the faces of the one {@link SEARCH_LAG} earlier
 * are known. Of `yuv420p` it reads the luma plane only; a frame costs some 21,000 samples, whatever its size.
 */
export class CalmFrames {
  readonly #options: Required<CalmFramesOptions>;
  #count = 0;
  #searches: Search[] = [];
  #searched: Blocks | undefined;
  #searchedMs = -Infinity;

  constructor({
    minChange = 16,
    share = 0.06,
    shareAtFaces = 0.25,
    mostMs = 160,
    movingMs = 80,
    sure = 0.9,
    least = 0,
  }: CalmFramesOptions = {}) {
    this.#options = { minChange, share, shareAtFaces, mostMs, movingMs, sure, least };
  }

  /**
   * Looks at the next frame.
   * @param cut whether it is the first of a shot: it is searched then, and the faces of the last shot are forgotten.
   * @returns undefined when the frame need not be searched, else what to call with the faces that were found.
   */
  look(image: Image, timeMs: number, cut: boolean): ((found: readonly Detection[]) => void) | undefined {
    const index = this.#count++;
    if (cut) this.#searches = [];
    const blocks = lumaBlocks(image);
    if (!cut && this.#mayWait(blocks, this.#known(index), timeMs)) return undefined;
    this.#searched = blocks;
    this.#searchedMs = timeMs;
    const search: Search = { index, faces: [], sureFaces: undefined };
    this.#searches.push(search);
    return (all) => {
      const found = all.filter(({ score }) => score >= this.#options.least);
      const sure = found.every(({ score }) => score >= this.#options.sure);
      search.faces = found.map(({ box }) => box);
      search.sureFaces = sure ? found.length : NaN;
    };
  }

  /** The searches whose faces are known for certain by now, {@link SETTLED} of them or none. */
  #known(index: number): readonly Search[] {
    const known = this.#searches.filter((search) => search.index <= index - SEARCH_LAG).slice(-SETTLED);
    const [first] = known;
    if (first !== undefined) this.#searches = this.#searches.filter((search) => search.index >= first.index);
    return known.length === SETTLED ? known : [];
  }

  #mayWait(blocks: Blocks, known: readonly Search[], timeMs: number): boolean {
    const { mostMs, movingMs } = this.#options;
    const faces = known.at(-1)?.faces;
    if (faces === undefined || isDue(timeMs, this.#searchedMs, mostMs)) return false;
    const moveBy = (most: number): boolean =>
      known.every((search, i) => i === 0 || stayed(known[i - 1], search, most));
    const sure = known.every(({ sureFaces }) => sureFaces === faces.length);
    if (sure && moveBy(SLOW) && this.#still(blocks, faces, 'everywhere')) return true;
    const asMany = known.every((search) => search.faces.length === faces.length);
    return (
      !isDue(timeMs, this.#searchedMs, movingMs) &&
      asMany &&
      moveBy(FAST) &&
      this.#still(blocks, faces, 'elsewhere')
    );
  }

  #still(blocks: Blocks, faces: readonly Box[], where: 'everywhere' | 'elsewhere'): boolean {
    const before = this.#searched;
    if (before?.columns !== blocks.columns || before.luma.length !== blocks.luma.length) return false;
    const { minChange, share, shareAtFaces } = this.#options;
    const { luma, columns, size } = blocks;
    const rows = luma.length / columns;
    const changed = (i: number): boolean => Math.abs(luma[i] - before.luma[i]) > minChange;
    const atFaces = new Set<number>();
    for (const face of faces) {
      const { x, y, width, height } = scaleBox(face, AROUND);
      const [left, right] = [x / size, (x + width) / size].map((at) => clamp(Math.floor(at), columns - 1));
      const [top, bottom] = [y / size, (y + height) / size].map((at) => clamp(Math.floor(at), rows - 1));
      let here = 0;
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          if (where === 'elsewhere') atFaces.add(row * columns + column);
          else if (changed(row * columns + column)) here++;
        }
      }
      if (here > shareAtFaces * (right - left + 1) * (bottom - top + 1)) return false;
    }
    let count = 0;
    for (let i = 0; i < luma.length; i++) if (changed(i) && !atFaces.has(i)) count++;
    return count <= share * luma.length;
  }
}

/** Whether each face of the later search is where one of the earlier was, or moved by no more than a share of its width per frame. */
function stayed(earlier: Search, later: Search, share: number): boolean {
  const most = share * (later.index - earlier.index);
  return later.faces.every((face) =>
    earlier.faces.some((before) => {
      const dx = face.x + face.width / 2 - (before.x + before.width / 2);
      const dy = face.y + face.height / 2 - (before.y + before.height / 2);
      return Math.hypot(dx, dy) <= most * face.width;
    }),
  );
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));

interface Blocks {
  /** Mean luma, 0..255, row by row. */
  readonly luma: Float32Array;
  readonly columns: number;
  /** Of a block's side, in pixels of the picture. */
  readonly size: number;
}

function lumaBlocks({ format, width, height, data }: Image): Blocks {
  const step = format === 'rgb24' ? 3 : format === 'rgba32' ? 4 : 1;
  const longer = Math.max(width, height);
  const columns = Math.max(1, Math.round((BLOCKS * width) / longer));
  const rows = Math.max(1, Math.round((BLOCKS * height) / longer));
  const blocks = new Float32Array(columns * rows);
  for (let row = 0; row < rows * SAMPLES; row++) {
    const y = Math.floor(((row + 0.5) * height) / (rows * SAMPLES));
    const rowOfBlocks = Math.floor(row / SAMPLES) * columns;
    for (let column = 0; column < columns * SAMPLES; column++) {
      const x = Math.floor(((column + 0.5) * width) / (columns * SAMPLES));
      const at = (y * width + x) * step;
      const luma = step === 1 ? data[at] : 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      blocks[rowOfBlocks + Math.floor(column / SAMPLES)] += luma / (SAMPLES * SAMPLES);
    }
  }
  return { luma: blocks, columns, size: width / columns };
}
