import {
  averageLink,
  ConstrainedSets,
  LINK_MARGIN,
  type ClusterConstraints,
  type NeighbourGraph,
} from '@fr-stream/core';

/** Per face the number of its cluster. */
export type ClusterMethod = (
  graph: NeighbourGraph,
  vectors: readonly Float32Array[],
  threshold: number,
  constraints: ClusterConstraints,
) => Int32Array;

interface Link {
  readonly face: number;
  readonly similarity: number;
}

/** Each face's neighbours, most similar first. */
function adjacency({ size, from, to, similarity }: NeighbourGraph, least: number): Link[][] {
  const links = Array.from({ length: size }, (): Link[] => []);
  for (let pair = 0; pair < from.length; pair++) {
    if (similarity[pair] < least) continue;
    links[from[pair]].push({ face: to[pair], similarity: similarity[pair] });
    links[to[pair]].push({ face: from[pair], similarity: similarity[pair] });
  }
  for (const list of links) list.sort((a, b) => b.similarity - a.similarity || a.face - b.face);
  return links;
}

/**
 * Chinese whispers (Biemann, 2006), as dlib groups faces: each face takes over the label that weighs most among its
 * neighbours, in random order, a fixed number of times.
 */
export const chineseWhispers: ClusterMethod = (graph, _vectors, threshold, { picture }) => {
  const links = adjacency(graph, threshold);
  const labels = Int32Array.from({ length: graph.size }, (_, face) => face);
  const inPicture = new Map<number, Set<number>>();
  picture?.forEach((one, face) => inPicture.set(one, (inPicture.get(one) ?? new Set()).add(face)));
  let state = 1;
  const random = (): number => (state = Math.imul(state, 48271) >>> 0) / 2 ** 32;
  for (let visit = 0; visit < 30 * graph.size; visit++) {
    const face = Math.floor(random() * graph.size);
    const weights = new Map<number, number>();
    for (const { face: other, similarity } of links[face])
      weights.set(labels[other], (weights.get(labels[other]) ?? 0) + similarity);
    const beside = [...(inPicture.get(picture?.[face] ?? -1) ?? [])].filter((other) => other !== face);
    let [best, most] = [labels[face], 0];
    for (const [label, weight] of weights) {
      if (weight > most && !beside.some((other) => labels[other] === label)) [best, most] = [label, weight];
    }
    labels[face] = best;
  }
  return labels;
};

/** DBSCAN (Ester et al., KDD 1996) with at least `minimum` faces, itself included, around a core face. */
export function dbscan(minimum: number): ClusterMethod {
  return (graph, _vectors, threshold, constraints) => {
    const links = adjacency(graph, threshold);
    const isCore = (face: number): boolean => links[face].length + 1 >= minimum;
    const sets = new ConstrainedSets(graph.size, constraints);
    const pairs = [...graph.similarity.keys()]
      .filter((pair) => graph.similarity[pair] >= threshold)
      .sort((a, b) => graph.similarity[b] - graph.similarity[a] || a - b);
    const border = new Set<number>();
    for (const core of [true, false]) {
      for (const pair of pairs) {
        const [a, b] = [graph.from[pair], graph.to[pair]];
        if (core ? !(isCore(a) && isCore(b)) : isCore(a) === isCore(b)) continue;
        const edge = isCore(a) ? b : a;
        if (!core && border.has(edge)) continue;
        const [x, y] = [sets.find(a), sets.find(b)];
        if (!sets.canJoin(x, y)) continue;
        sets.join(x, y);
        if (!core) border.add(edge);
      }
    }
    return sets.labels();
  };
}

/**
 * Approximate rank-order clustering (Otto, Wang & Jain, "Clustering Millions of Faces by Identity", TPAMI 2018): faces
 * that share most of their nearest neighbours are joined. Here the threshold is one on 1 - distance.
 */
export const rankOrder: ClusterMethod = (graph, _vectors, threshold, constraints) => {
  const links = adjacency(graph, -1);
  const ranks = links.map((list) => new Map(list.map(({ face }, rank) => [face, rank + 1])));
  const missing = (a: number, b: number): number => {
    const until = Math.min(ranks[a].get(b) ?? Infinity, links[a].length);
    let count = 0;
    for (const { face } of links[a].slice(0, until)) if (face !== b && !ranks[b].has(face)) count++;
    return count;
  };
  const sets = new ConstrainedSets(graph.size, constraints);
  const distances = Float64Array.from(graph.from, (a, pair) => {
    const b = graph.to[pair];
    const [ab, ba] = [ranks[a].get(b) ?? Infinity, ranks[b].get(a) ?? Infinity];
    return (missing(a, b) + missing(b, a)) / Math.min(ab, ba);
  });
  for (const pair of [...distances.keys()].sort((x, y) => distances[x] - distances[y] || x - y)) {
    if (1 - distances[pair] < threshold) break;
    const [x, y] = [sets.find(graph.from[pair]), sets.find(graph.to[pair])];
    if (sets.canJoin(x, y)) sets.join(x, y);
  }
  return sets.labels();
};

/** The product's. The threshold is that of the linking pair. */
export const linkedAverage: ClusterMethod = (graph, vectors, linkThreshold, constraints) =>
  averageLink(graph, vectors, { threshold: linkThreshold - LINK_MARGIN, linkThreshold, constraints });

const averageLinkage: ClusterMethod = (graph, vectors, threshold, constraints) =>
  averageLink(graph, vectors, { threshold, constraints });

export const CLUSTER_METHODS: Readonly<Record<string, ClusterMethod>> = {
  'Average linkage along strong pairs': linkedAverage,
  'Average linkage': averageLinkage,
  'Chinese whispers': chineseWhispers,
  'DBSCAN, 3 faces': dbscan(3),
  'DBSCAN, 2 faces': dbscan(2),
  'Rank-order': rankOrder,
};
