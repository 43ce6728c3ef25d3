import { euclideanDistance, type PhotoLibrary, type SearchOptions, type VectorIndex } from '@fr-stream/core';

export interface NearFace {
  readonly id: string;
  /** Euclidean distance of the unit vectors, 0..2. */
  readonly distance: number;
  /** -1..1 */
  readonly cosine: number;
}

/** Where embeddings are looked up. */
export type FaceVectors = Pick<PhotoLibrary, 'vector'>;

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
  const found: NearFace[] = [];
  for (const { id } of await index.search(vector, k, options)) {
    const other = vectors.vector(id);
    if (other !== undefined) found.push(nearFace(id, vector, other));
  }
  return found.sort(byNearness);
}

/**
 * The `k` faces nearest to each of a few vectors, by looking at all: exact, and in no more memory than the answer.
 * @param ids of the faces to look at.
 */
export function scanNearest(
  ids: Iterable<string>,
  vectors: FaceVectors,
  queries: readonly Float32Array[],
  k: number,
): readonly (readonly NearFace[])[] {
  const found = queries.map((): NearFace[] => []);
  for (const id of ids) {
    const other = vectors.vector(id);
    if (other === undefined) continue;
    for (const [i, query] of queries.entries()) {
      const nearest = found[i];
      nearest.push(nearFace(id, query, other));
      // Now and then: sorting after each would cost more than looking at it.
      if (nearest.length >= 2 * k + 64) nearest.sort(byNearness).splice(k);
    }
  }
  return found.map((nearest) => nearest.sort(byNearness).slice(0, k));
}
