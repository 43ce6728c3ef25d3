import { euclideanDistance, type LibraryFace, type VectorIndex } from '@fr-stream/core';

export interface NearFace {
  readonly face: LibraryFace;
  /** Euclidean distance of the unit vectors, 0..2. */
  readonly distance: number;
  /** -1..1 */
  readonly cosine: number;
}

/** The `k` faces of an index nearest to a vector, nearest first; the index's ids are face ids. */
export async function nearestFaces(
  index: VectorIndex,
  faces: ReadonlyMap<string, LibraryFace>,
  vector: Float32Array,
  k: number,
  filter?: (id: string) => boolean,
): Promise<readonly NearFace[]> {
  const found: NearFace[] = [];
  for (const { id } of await index.search(vector, k, filter)) {
    const face = faces.get(id);
    if (face === undefined) continue;
    // From the vectors, not the index's answer: approximate indexes round, and self would not be exactly 0.
    const distance = euclideanDistance(vector, face.embedding.vector);
    found.push({ face, distance, cosine: 1 - (distance * distance) / 2 });
  }
  return found;
}
