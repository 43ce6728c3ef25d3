import { addScaled, dotInFourSums } from '../identity/distance.js';
import { DistanceHeap } from '../search/hnsw-heap.js';
import { ConstrainedSets, type ClusterConstraints } from './constrained-sets.js';
import type { NeighbourGraph } from './neighbour-graph.js';

export interface AverageLinkOptions {
  /** Two clusters join only if the mean cosine similarity of all pairs of their faces is at least this. */
  readonly threshold: number;
  /** ... and a pair in the graph is at least so similar. Default: the threshold. */
  readonly linkThreshold?: number;
  readonly constraints?: ClusterConstraints;
}

/**
 * Agglomerative clustering by average linkage (Sokal & Michener, 1958, "UPGMA") along the pairs of a neighbour graph,
 * most similar clusters first, under constraints. With `linkThreshold` above `threshold` a strong pair founds a union
 * and the mean over all pairs only has to bear it out: people who look different from year to year stay whole, and
 * chains from one person to the next do not form.
 *
 * The mean similarity of all pairs between two clusters is the product of the sums of their unit vectors over the
 * product of their sizes, so a cluster is one vector however large. Average linkage is reducible (a union is never
 * more similar to a third cluster than the more similar of its parts), so what waits in the queue is never less than
 * the truth and may be corrected when its turn comes.
 * @param vectors unit length, by face.
 * @returns per face the number of its cluster, from 0 in order of their first faces.
 */
export function averageLink(
  graph: NeighbourGraph,
  vectors: readonly Float32Array[],
  { threshold, linkThreshold = threshold, constraints }: AverageLinkOptions,
): Int32Array {
  const sets = new ConstrainedSets(graph.size, constraints);
  const sums = new VectorSums(vectors);
  for (let face = 0; face < graph.size; face++) {
    const root = sets.find(face);
    if (root !== face) sums.add(root, face);
  }
  const queue = new DistanceHeap('nearest');
  /** Per pair how many faces its two clusters had when it was queued: while they have as many, nothing has changed. */
  const faces = new Int32Array(graph.from.length);
  const seen = new RecentPairs(graph.from.length);
  const offer = (pair: number, a: number, b: number): void => {
    const [one, two] = [sets.sizeOf(a), sets.sizeOf(b)];
    // Faces of two clusters are similar in many pairs, of which one has to wait.
    if (!seen.isNew(a, b, one + two)) return;
    const similarity = one + two === 2 ? graph.similarity[pair] : sums.product(a, b) / (one * two);
    if (similarity < threshold) return;
    faces[pair] = one + two;
    queue.push(-similarity, pair);
  };
  for (let pair = 0; pair < graph.from.length; pair++) {
    const [a, b] = [sets.find(graph.from[pair]), sets.find(graph.to[pair])];
    if (graph.similarity[pair] >= linkThreshold && sets.canJoin(a, b)) offer(pair, a, b);
  }
  while (queue.size > 0) {
    const pair = queue.topNode;
    queue.pop();
    const [a, b] = [sets.find(graph.from[pair]), sets.find(graph.to[pair])];
    if (!sets.canJoin(a, b)) continue;
    if (sets.sizeOf(a) + sets.sizeOf(b) === faces[pair]) {
      const root = sets.join(a, b);
      sums.add(root, root === a ? b : a);
    } else {
      offer(pair, a, b);
    }
  }
  return sets.labels();
}

/** The pairs of clusters that were met last; an old one may be forgotten, and seem new again. */
class RecentPairs {
  readonly #bits: number;
  readonly #slots: Int32Array;

  /** @param pairs how many there are between single faces. */
  constructor(pairs: number) {
    this.#bits = Math.min(20, Math.max(8, Math.ceil(Math.log2(pairs + 1))));
    this.#slots = new Int32Array(3 * 2 ** this.#bits);
  }

  /** @param count faces of both: it tells apart what the clusters of these roots were at one time and another. */
  isNew(a: number, b: number, count: number): boolean {
    const [low, high] = a < b ? [a, b] : [b, a];
    const hash = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 0;
    const slot = 3 * (hash >>> (32 - this.#bits));
    const slots = this.#slots;
    if (slots[slot] === low && slots[slot + 1] === high && slots[slot + 2] === count) return false;
    slots[slot] = low;
    slots[slot + 1] = high;
    slots[slot + 2] = count;
    return true;
  }
}

/** Per cluster the sum of its vectors. A face's own vector is not copied until another is added. */
class VectorSums {
  readonly #sums: Float32Array[];
  /** Clusters whose sum is not a face's own vector. */
  readonly #own: Uint8Array;

  constructor(vectors: readonly Float32Array[]) {
    this.#sums = [...vectors];
    this.#own = new Uint8Array(vectors.length);
  }

  product(a: number, b: number): number {
    return dotInFourSums(this.#sums[a], this.#sums[b]);
  }

  add(root: number, gone: number): void {
    if (this.#own[root] === 0) {
      this.#sums[root] = this.#sums[root].slice();
      this.#own[root] = 1;
    }
    addScaled(this.#sums[root], this.#sums[gone]);
    this.#sums[gone] = EMPTY;
  }
}

const EMPTY = new Float32Array(0);
