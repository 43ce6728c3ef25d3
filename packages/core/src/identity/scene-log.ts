import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { centredLumaGrid, gridCorrelation } from '../tracking/luma-grid.js';
import { clothesBelow, similarityOfClothes } from './clothes.js';
import { itemAt } from '../item-at.js';
import { addScaled } from './distance.js';

/** Where a track was in one shot, in shares of the picture's width and height. */
export interface Place {
  readonly shot: number;
  readonly fromMs: number;
  readonly first: Box;
  toMs: number;
  last: Box;
}

/** What of a track is not its face: where it was, and what it wore. */
export interface TrackScene {
  readonly places: Place[];
  /** Summed colour histograms; undefined before any could be seen. */
  clothes: Float32Array | undefined;
  clothesMs: number;
}

/** A scene log as plain data. */
export interface SceneState {
  /** Of each shot's first picture, see `centredLumaGrid`. */
  readonly shots: readonly Float32Array[];
  readonly scenes: readonly {
    readonly id: number;
    readonly places: readonly Place[];
    readonly clothes?: Float32Array;
  }[];
}

/** Shots alike from this correlation of their first pictures are taken by one camera from one place. */
const SAME_ANGLE = 0.8;
/** Clothes change little: a look twice a second is enough. */
const CLOTHES_MS = 500;

/** The shots of a video and where in them its tracks were. Grows with shots and tracks, not with frames. */
export class SceneLog {
  readonly #angles: Float32Array[] = [];
  /** Per shot its camera angle. */
  readonly #angleOf: number[] = [];
  /** Per shot its first picture's grid; where logs are put together. */
  readonly #grids: Float32Array[] = [];
  readonly #scenes = new Map<number, TrackScene>();

  /** A shot begins with this picture. Shots from the same place get the same angle. */
  startShot(image: Image): void {
    this.#addShot(centredLumaGrid(image));
  }

  #addShot(grid: Float32Array): void {
    this.#grids.push(grid);
    let angle = this.#angles.findIndex((known) => gridCorrelation(known, grid) >= SAME_ANGLE);
    if (angle < 0) angle = this.#angles.push(grid) - 1;
    this.#angleOf.push(angle);
  }

  state(): SceneState {
    return {
      shots: [...this.#grids],
      scenes: [...this.#scenes].map(([id, { places, clothes }]) => ({
        id,
        places: places.map((place) => ({ ...place })),
        ...(clothes !== undefined && { clothes }),
      })),
    };
  }

  /**
   * Takes over another log, of a later stretch of the same video.
   * @param idOf new ids of its tracks.
   * @param firstShot the number here of its first shot: that of a shot that goes on from here, or the next one.
   */
  adopt({ shots, scenes }: SceneState, idOf: (id: number) => number, firstShot: number): void {
    for (const [i, grid] of shots.entries()) if (firstShot + i >= this.#angleOf.length) this.#addShot(grid);
    for (const { id, places, clothes } of scenes) {
      const mine = this.#scenes.get(idOf(id)) ?? { places: [], clothes: undefined, clothesMs: -Infinity };
      this.#scenes.set(idOf(id), mine);
      for (const place of places) {
        const shot = place.shot + firstShot;
        const last = mine.places.at(-1);
        if (last?.shot === shot) {
          if (place.toMs > last.toMs) [last.toMs, last.last] = [place.toMs, place.last];
        } else mine.places.push({ ...place, shot });
      }
      if (clothes === undefined) continue;
      if (mine.clothes === undefined) mine.clothes = clothes.slice();
      else addScaled(mine.clothes, clothes);
    }
  }

  /** Shots so far. */
  get shots(): number {
    return this.#angleOf.length;
  }

  get started(): boolean {
    return this.#angleOf.length > 0;
  }

  angleOf(shot: number): number {
    return itemAt(this.#angleOf, shot);
  }

  scene(id: number): TrackScene | undefined {
    return this.#scenes.get(id);
  }

  see(id: number, box: Box, image: Image, timeMs: number): void {
    const shot = this.#angleOf.length - 1;
    const scene = this.#scenes.get(id) ?? { places: [], clothes: undefined, clothesMs: -Infinity };
    this.#scenes.set(id, scene);
    const { width, height } = image;
    const place = {
      x: box.x / width,
      y: box.y / height,
      width: box.width / width,
      height: box.height / height,
    };
    const last = scene.places.at(-1);
    if (last?.shot === shot) [last.toMs, last.last] = [timeMs, place];
    else scene.places.push({ shot, fromMs: timeMs, first: place, toMs: timeMs, last: place });
    if (timeMs - scene.clothesMs < CLOTHES_MS) return;
    scene.clothesMs = timeMs;
    const seen = clothesBelow(image, box);
    if (seen === undefined) return;
    if (scene.clothes === undefined) scene.clothes = seen;
    else addScaled(scene.clothes, seen);
  }

  /** One track turned out to be another. */
  absorb(from: number, to: number): void {
    const [gone, stays] = [this.#scenes.get(from), this.#scenes.get(to)];
    this.#scenes.delete(from);
    if (gone === undefined) return;
    if (stays === undefined) {
      this.#scenes.set(to, gone);
      return;
    }
    stays.places.push(...gone.places);
    stays.places.sort((a, b) => a.fromMs - b.fromMs);
    if (stays.clothes === undefined) stays.clothes = gone.clothes;
    else if (gone.clothes !== undefined) addScaled(stays.clothes, gone.clothes);
  }

  /** -1..1: how much alike two tracks are dressed, where both can be seen; undefined otherwise. */
  clothesAlike(a: number, b: number): number | undefined {
    const [one, two] = [this.#scenes.get(a)?.clothes, this.#scenes.get(b)?.clothes];
    return one === undefined || two === undefined ? undefined : similarityOfClothes(one, two);
  }
}
