import type { QuantisedFaces } from '../contracts/media-library.js';
import type { Neighbour } from '../contracts/vector-index.js';
import { byDistance } from '../search/index-items.js';
import { NearestGroups } from '../search/nearest-groups.js';
import { limitedPerGroup } from '../search/per-group.js';
import { QuantisedTable } from '../search/quantised-table.js';
import { l2Normalize } from './distance.js';
import type { FaceVector, SearchedFaces } from './gallery-store.js';
import { quantise } from './quantise.js';

/** Embeddings by face id; undefined for those that are not there any more. */
type VectorsOf = (ids: readonly string[]) => Promise<readonly (Float32Array | undefined)[]>;

/** In place of whose a face was. */
const GONE = '';

/**
 * Faces of people in 8 bits a number: all are looked at so, and those that may be among the nearest measured as they are.
 * The answers are those of exhaustive search, from a quarter of the memory.
 */
export class QuantisedPeople implements SearchedFaces {
  readonly #vectorsOf: VectorsOf;
  readonly #ids: string[] = [];
  readonly #owners: string[] = [];
  readonly #scales: number[] = [];
  readonly #errors: number[] = [];
  #table: QuantisedTable | undefined;

  constructor(vectorsOf: VectorsOf) {
    this.#vectorsOf = vectorsOf;
  }

  /** @param isWanted whose faces are looked at. */
  take(page: QuantisedFaces, isWanted: (personId: string) => boolean): void {
    const { ids, owners, values, scales, errors, dimensions } = page;
    let from = 0;
    const rows = (end: number): void => {
      if (end > from) this.#rows(values.subarray(from * dimensions, end * dimensions), dimensions);
    };
    for (const [i, id] of ids.entries()) {
      const owner = owners[i] ?? null;
      if (owner === null || !isWanted(owner)) {
        rows(i);
        from = i + 1;
        continue;
      }
      this.#put(id, owner, scales[i], errors[i]);
    }
    rows(ids.length);
  }

  async add(faces: readonly FaceVector[]): Promise<void> {
    for (const { id, personId, vector } of faces) {
      const { values, scale, error } = quantise(vector);
      this.#rows(values, vector.length);
      this.#put(id, personId, scale, error);
    }
  }

  async nearest(vector: Float32Array, k: number, among?: readonly string[]): Promise<readonly Neighbour[]> {
    const table = this.#table;
    if (table === undefined || !(k >= 1)) return [];
    const probe = l2Normalize(vector);
    const wanted = among === undefined ? undefined : new Set(among);
    const counts = (owner: string): boolean => owner !== GONE && (wanted === undefined || wanted.has(owner));
    const [ids, owners, errors] = [this.#ids, this.#owners, this.#errors];
    const cosines = new Float32Array(table.count);
    // A person's nearest face is at least so near.
    const surely = new NearestGroups(Math.floor(k));
    table.dots(probe, (dots, start) => {
      for (let i = 0; i < dots.length; i++) {
        const slot = start + i;
        cosines[slot] = dots[i] * this.#scales[slot];
        const distance = 1 - cosines[slot] + errors[slot] + table.error;
        if (distance > surely.limit) continue;
        const owner = owners[slot];
        if (counts(owner)) surely.add(owner, distance);
      }
    });
    // A face may be as near as that, and then it counts unless another one of the person is nearer for certain.
    const may: number[] = [];
    const bests = new Map<string, number>();
    for (let slot = 0; slot < cosines.length; slot++) {
      const error = errors[slot] + table.error;
      if (1 - cosines[slot] - error > surely.limit) continue;
      const owner = owners[slot];
      if (!counts(owner)) continue;
      may.push(slot);
      bests.set(owner, Math.max(bests.get(owner) ?? -Infinity, cosines[slot] - error));
    }
    const near = may.filter(
      (slot) => cosines[slot] + errors[slot] + table.error >= (bests.get(owners[slot]) ?? -Infinity),
    );
    const vectors = await this.#vectorsOf(near.map((slot) => ids[slot]));
    const gone = near.filter((_, i) => vectors[i] === undefined);
    if (gone.length > 0) {
      // Somebody else has removed them meanwhile: others are the nearest.
      for (const slot of gone) owners[slot] = GONE;
      return await this.nearest(vector, k, among);
    }
    const neighbours = near.map((slot, i) => ({
      id: ids[slot],
      group: owners[slot],
      distance: cosineDistance(probe, l2Normalize(vectors[i] ?? probe)),
    }));
    return limitedPerGroup(neighbours.sort(byDistance), k, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#table = undefined;
  }

  #rows(values: Int8Array, dimensions: number): void {
    this.#table ??= new QuantisedTable(dimensions);
    this.#table.append(values);
  }

  #put(id: string, owner: string, scale: number, error: number): void {
    this.#ids.push(id);
    this.#owners.push(owner);
    this.#scales.push(scale);
    this.#errors.push(error);
  }
}

/**
 * Which faces may be as similar as that to any of the targets: all that are, and few others.
 * @param targets unit length. @param minSimilarity cosine, -1..1.
 * @returns places in the page, ascending.
 */
export function likeAnyQuantised(
  targets: readonly Float32Array[],
  { values, scales, errors, dimensions }: QuantisedFaces,
  minSimilarity: number,
): readonly number[] {
  const table = new QuantisedTable(dimensions);
  table.append(values);
  const like = new Uint8Array(scales.length);
  for (const target of targets)
    table.dots(target, (dots, start) => {
      for (let i = 0; i < dots.length; i++) {
        const place = start + i;
        if (dots[i] * scales[place] + errors[place] + table.error >= minSimilarity) like[place] = 1;
      }
    });
  return [...like.keys()].filter((place) => like[place] === 1);
}

/** As exhaustive search measures it. */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return Math.max(0, 1 - sum);
}
