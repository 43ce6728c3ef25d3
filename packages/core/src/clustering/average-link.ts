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
  /** Per pair of clusters what they were queued at last, so that parallel pairs wait once. */
  const queued = new Map<number, number>();
  const offer = (pair: number, a: number, b: number): void => {
    const similarity = sums.product(a, b) / (sets.sizeOf(a) * sets.sizeOf(b));
    const key = Math.min(a, b) * graph.size + Math.max(a, b);
    if (similarity < threshold || queued.get(key) === similarity) return;
    queued.set(key, similarity);
    queue.push(-similarity, pair);
  };
  for (let pair = 0; pair < graph.from.length; pair++) {
    const [a, b] = [sets.find(graph.from[pair]), sets.find(graph.to[pair])];
    if (graph.similarity[pair] >= linkThreshold && sets.canJoin(a, b)) offer(pair, a, b);
  }
  while (queue.size > 0) {
    const [similarity, pair] = [-queue.topDistance, queue.topNode];
    queue.pop();
    const [a, b] = [sets.find(graph.from[pair]), sets.find(graph.to[pair])];
    if (!sets.canJoin(a, b)) continue;
    const now = sums.product(a, b) / (sets.sizeOf(a) * sets.sizeOf(b));
    if (now === similarity) {
      const root = sets.join(a, b);
      sums.add(root, root === a ? b : a);
    } else {
      offer(pair, a, b);
    }
  }
  return sets.labels();
}

/** Per cluster the sum of its vectors. A face's own vector is not copied until another is added. */
class VectorSums {
  readonly #sums: (Float32Array | Float64Array)[];

  constructor(vectors: readonly Float32Array[]) {
    this.#sums = [...vectors];
  }

  product(a: number, b: number): number {
    const [x, y] = [this.#sums[a], this.#sums[b]];
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
    return sum;
  }

  add(root: number, gone: number): void {
    let sum = this.#sums[root];
    if (!(sum instanceof Float64Array)) sum = Float64Array.from(sum);
    const other = this.#sums[gone];
    for (let i = 0; i < sum.length; i++) sum[i] += other[i];
    this.#sums[root] = sum;
    this.#sums[gone] = EMPTY;
  }
}

const EMPTY = new Float64Array(0);
