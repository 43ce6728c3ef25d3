import type { VectorIndex } from '../contracts/vector-index.js';
import { dotProduct } from '../identity/distance.js';
import { RowProducts } from '../inference/row-products.js';
import { nearestPairs } from './nearest-pairs.js';

/** Pairs of similar faces; a face is the number of its place in a list. Each pair occurs once, the lower number first. */
export interface NeighbourGraph {
  /** Number of faces. */
  readonly size: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Cosine similarity, -1..1, per pair. */
  readonly similarity: Float32Array;
}

export interface NeighbourGraphOptions {
  /** Neighbours looked at per face. Default 32. */
  readonly neighbours?: number;
  /** Pairs less similar are left out. Default -1: none. */
  readonly minSimilarity?: number;
  /** Faces whose own neighbours need not be sought, such as those that belong to somebody already. Default: none. */
  readonly passive?: (face: number) => boolean;
}

/** Room for the rounding of whoever measured first. */
const ROUNDING = 0.001;

/**
 * The graph of nearest neighbours.
 * @param source an index that holds every face under its id (cosine), which is searched once per face; or matrix products,
 * which compare all faces at once: far less work when the whole set is asked for.
 * @param vectors unit length, by face.
 */
export async function neighbourGraph(
  source: VectorIndex | RowProducts,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  { neighbours = 32, minSimilarity = -1, passive = () => false }: NeighbourGraphOptions = {},
): Promise<NeighbourGraph> {
  // A pair as one number: millions of them are a plain array, not objects.
  const pairs: number[] = [];
  const add = (a: number, b: number): void => void pairs.push(Math.min(a, b) * ids.length + Math.max(a, b));
  const wanted = { neighbours, minSimilarity: minSimilarity - ROUNDING, passive };
  if (source instanceof RowProducts) await nearestPairs(source, vectors, wanted, add);
  else await searchedPairs(source, ids, vectors, wanted, add);
  const sorted = Float64Array.from(pairs).sort();
  const from: number[] = [];
  const to: number[] = [];
  const similarities: number[] = [];
  for (const [i, pair] of sorted.entries()) {
    if (i > 0 && pair === sorted[i - 1]) continue;
    const [a, b] = [Math.floor(pair / ids.length), pair % ids.length];
    // The first measure may round, and from either end differently.
    const similarity = dotProduct(vectors[a], vectors[b]);
    if (similarity < minSimilarity) continue;
    from.push(a);
    to.push(b);
    similarities.push(similarity);
  }
  return {
    size: ids.length,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    similarity: Float32Array.from(similarities),
  };
}

async function searchedPairs(
  index: VectorIndex,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  { neighbours, minSimilarity, passive }: Required<NeighbourGraphOptions>,
  found: (a: number, b: number) => void,
): Promise<void> {
  const numberOf = new Map(ids.map((id, number) => [id, number]));
  for (const [face, id] of ids.entries()) {
    if (passive(face)) continue;
    for (const near of await index.search(vectors[face], neighbours + 1)) {
      const other = numberOf.get(near.id);
      if (other === undefined || near.id === id) continue;
      // Most are far apart, and need not be kept.
      if (1 - near.distance < minSimilarity) break;
      found(face, other);
    }
  }
}
