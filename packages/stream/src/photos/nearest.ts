import {
  euclideanDistance,
  QuantisedTable,
  type PhotoLibrary,
  type QuantisedFaces,
  type ScannedFace,
  type SearchOptions,
  type VectorIndex,
} from '@fr-stream/core';

export interface NearFace {
  readonly id: string;
  /** Euclidean distance of the unit vectors, 0..2. */
  readonly distance: number;
  /** -1..1 */
  readonly cosine: number;
}

/** Embeddings in memory at once. */
const FACES_AT_ONCE = 1000;

/** Where embeddings are looked up. */
export type FaceVectors = Pick<PhotoLibrary, 'vectors'>;

/** How far a face is from a vector, told from the vectors themselves: approximate indexes round. */
export function nearFace(id: string, vector: Float32Array, other: Float32Array): NearFace {
  const distance = euclideanDistance(vector, other);
  return { id, distance, cosine: 1 - (distance * distance) / 2 };
}

export function byNearness(a: NearFace, b: NearFace): number {
  return a.distance - b.distance || (a.id < b.id ? -1 : 1);
}

/** The `k` faces of an index nearest to a vector, nearest first; the index's ids are face ids. */
export async function nearestFaces(
  index: VectorIndex,
  vectors: FaceVectors,
  vector: Float32Array,
  k: number,
  options?: SearchOptions,
): Promise<readonly NearFace[]> {
  const ids = (await index.search(vector, k, options)).map(({ id }) => id);
  const others = await vectors.vectors(ids);
  return ids
    .flatMap((id, i) => {
      const other = others[i];
      return other === undefined ? [] : [nearFace(id, vector, other)];
    })
    .sort(byNearness);
}

/** Faces of a list, page by page, as `PhotoLibrary.scan` gives them. */
export async function* vectorPages(
  faces: readonly Pick<ScannedFace, 'id' | 'embedder'>[],
  vectors: FaceVectors,
): AsyncGenerator<readonly ScannedFace[]> {
  for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
    const page = faces.slice(start, start + FACES_AT_ONCE);
    const others = await vectors.vectors(page.map(({ id }) => id));
    yield page.flatMap(({ id, embedder }, i) => {
      const vector = others[i];
      return vector === undefined ? [] : [{ id, embedder, vector }];
    });
  }
}

/** Room between a dot product and what a distance says, of vectors whose length is 1 but for single precision. */
const ROUNDING = 1e-4;

/** Four sums side by side, which processors add at once. */
function dotOf(a: Float32Array, b: Float32Array): number {
  let [one, two, three, four] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    one += at(a, i) * at(b, i);
    two += at(a, i + 1) * at(b, i + 1);
    three += at(a, i + 2) * at(b, i + 2);
    four += at(a, i + 3) * at(b, i + 3);
  }
  for (let i = whole; i < a.length; i++) one += at(a, i) * at(b, i);
  return one + two + three + four;
}

const at = (vector: Float32Array, place: number): number => vector[place] ?? 0;

/**
 * The `k` faces nearest to each of a few vectors, by looking at all: exact, and in no more memory than the answer.
 * @param pages of the faces to look at, in any order.
 */
export async function scanNearest(
  pages: AsyncIterable<readonly Pick<ScannedFace, 'id' | 'vector'>[]>,
  queries: readonly Float32Array[],
  k: number,
): Promise<readonly (readonly NearFace[])[]> {
  const found = queries.map((query) => ({ query, nearest: Array.of<NearFace>(), least: -Infinity }));
  for await (const page of pages) {
    for (const { id, vector } of page) {
      for (const one of found) {
        // Nearly all are farther than the nearest so far: they are measured once, roughly, and never become objects.
        if (dotOf(one.query, vector) < one.least) continue;
        one.nearest.push(nearFace(id, one.query, vector));
        // Now and then: sorting after each would cost more than looking at it.
        if (one.nearest.length < 2 * k + 64) continue;
        one.nearest.sort(byNearness).splice(k);
        one.least = (one.nearest.at(-1)?.cosine ?? -1) - ROUNDING;
      }
    }
  }
  return found.map(({ nearest }) => nearest.sort(byNearness).slice(0, k));
}

/** A vector that is looked for. */
export interface NearestQuery {
  /** Unit length. */
  readonly vector: Float32Array;
  readonly k: number;
  /** Only among the faces of some, told by their person's id. Default: all faces, nobody's too. */
  readonly among?: (owner: string | null) => boolean;
}

/** A face near a query, and whose it is. */
export interface OwnedNearFace extends NearFace {
  readonly owner: string | null;
}

/** A face that may be among the nearest: its similarity lies between `least` and `most`. */
interface MayBeNear {
  readonly id: string;
  readonly owner: string | null;
  readonly least: number;
  readonly most: number;
}

/** As {@link scanNearest}: all are looked at in 8 bits, and those that may be among the nearest measured. */
export async function scanQuantised(
  pages: AsyncIterable<QuantisedFaces>,
  vectors: FaceVectors,
  queries: readonly NearestQuery[],
): Promise<readonly (readonly OwnedNearFace[])[]> {
  const found = queries.map((query) => ({ ...query, may: Array.of<MayBeNear>(), least: -Infinity, room: 0 }));
  for await (const { ids, owners, values, scales, errors, dimensions } of pages) {
    const table = new QuantisedTable(dimensions);
    table.append(values);
    for (const one of found) {
      table.dots(one.vector, (dots, start) => {
        for (const [i, dot] of dots.entries()) {
          const place = start + i;
          const cosine = dot * at(scales, place);
          const error = at(errors, place) + table.error + ROUNDING;
          if (cosine + error < one.least) continue;
          const owner = owners[place] ?? null;
          if (one.among !== undefined && !one.among(owner)) continue;
          one.may.push({ id: ids[place] ?? '', owner, least: cosine - error, most: cosine + error });
          if (one.may.length >= one.room) prune(one);
        }
      });
    }
  }
  return await Promise.all(
    found.map(async (one) => {
      prune(one);
      const others = await vectors.vectors(one.may.map(({ id }) => id));
      const near = one.may.flatMap(({ id, owner }, i) => {
        const other = others[i];
        return other === undefined ? [] : [{ ...nearFace(id, one.vector, other), owner }];
      });
      return near.sort(byNearness).slice(0, one.k);
    }),
  );
}

/** Leaves out those that `k` others are nearer than for certain. */
function prune(one: { readonly k: number; may: MayBeNear[]; least: number; room: number }): void {
  const sure = one.may.map(({ least }) => least).sort((a, b) => b - a);
  one.least = sure[one.k - 1] ?? -Infinity;
  one.may = one.may.filter(({ most }) => most >= one.least);
  // Now and then only, however many may be equally near.
  one.room = 2 * Math.max(one.may.length, one.k) + 64;
}
