import type { VectorIndex } from '../contracts/vector-index.js';
import { dotInFourSums } from '../identity/distance.js';
import { RowProducts } from '../inference/row-products.js';
import { keptNeighbours, knownLists, type KeptNeighbours } from './kept-neighbours.js';
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
  /** What an earlier comparison found, with matrix products: the same graph for less work. Default: none. */
  readonly memory?: NeighbourMemory;
}

/** Carries what a comparison found to the next. */
export interface NeighbourMemory {
  readonly known: KeptNeighbours | undefined;
  /** Is told what is known by now. */
  keep(found: KeptNeighbours): void;
}

/** Room for the rounding of whoever measured first. */
const ROUNDING = 0.001;

/**
 * The graph of nearest neighbours.
 * @param source an index that holds every face under its id (cosine), which is searched once per face; or matrix products,
 * which compare all faces at once: far less work when the whole set is asked for.
 * @param ids ascending. @param vectors unit length, by face.
 */
export async function neighbourGraph(
  source: VectorIndex | RowProducts,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  { neighbours = 32, minSimilarity = -1, passive = () => false, memory }: NeighbourGraphOptions = {},
): Promise<NeighbourGraph> {
  const pairs = new PairList();
  const wanted = { neighbours, minSimilarity: minSimilarity - ROUNDING, passive };
  if (source instanceof RowProducts) {
    const lists = knownLists(memory?.known, ids, vectors, wanted);
    await nearestPairs(source, vectors, wanted, lists);
    memory?.keep(keptNeighbours(lists, ids, vectors, wanted.minSimilarity));
    for (let face = 0; face < ids.length; face++)
      if (!passive(face)) lists.nearest.of(face, (other, similarity) => pairs.add(face, other, similarity));
  } else {
    // An index may round, and from either end differently.
    await searchedPairs(source, ids, vectors, wanted, (a, b) =>
      pairs.add(a, b, dotInFourSums(vectors[a], vectors[b])),
    );
  }
  return pairs.graph(ids.length, minSimilarity);
}

/** Pairs in any order and number: millions of them are plain arrays, not objects. */
class PairList {
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  readonly #similarity: number[] = [];

  add(a: number, b: number, similarity: number): void {
    this.#low.push(Math.min(a, b));
    this.#high.push(Math.max(a, b));
    this.#similarity.push(similarity);
  }

  /** In ascending order, each once. */
  graph(size: number, minSimilarity: number): NeighbourGraph {
    const [from, to, similarity]: [number[], number[], number[]] = [[], [], []];
    const { starts, order } = this.#byLow(size);
    for (let low = 0; low < size; low++) {
      const own = order.subarray(starts[low], starts[low + 1]).sort((x, y) => this.#high[x] - this.#high[y]);
      let last = -1;
      for (const pair of own) {
        const high = this.#high[pair];
        if (high === last || this.#similarity[pair] < minSimilarity) continue;
        last = high;
        from.push(low);
        to.push(high);
        similarity.push(this.#similarity[pair]);
      }
    }
    return {
      size,
      from: Int32Array.from(from),
      to: Int32Array.from(to),
      similarity: Float32Array.from(similarity),
    };
  }

  /** A counting sort: where each face's pairs start in `order`. */
  #byLow(size: number): { starts: Int32Array; order: Int32Array } {
    const starts = new Int32Array(size + 1);
    for (const low of this.#low) starts[low + 1]++;
    for (let face = 0; face < size; face++) starts[face + 1] += starts[face];
    const next = starts.slice();
    const order = new Int32Array(this.#low.length);
    this.#low.forEach((low, pair) => (order[next[low]++] = pair));
    return { starts, order };
  }
}

async function searchedPairs(
  index: VectorIndex,
  ids: readonly string[],
  vectors: readonly Float32Array[],
  { neighbours, minSimilarity, passive }: Required<Omit<NeighbourGraphOptions, 'memory'>>,
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
