/** Precision, recall and their harmonic mean, 0..1. */
export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

function withF(precision: number, recall: number): PrecisionRecall {
  return {
    precision,
    recall,
    f: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
  };
}

/** One face: who it shows, and the cluster it was put into; undefined when it was left alone. */
export interface ClusteredFace {
  readonly person: string;
  readonly cluster: string | number | undefined;
}

/** Sizes of clusters, people, and their intersections; every face left alone is a cluster of its own. */
function contingency(faces: readonly ClusteredFace[]) {
  const clusters = new Map<string, number>();
  const people = new Map<string, number>();
  const cells = new Map<string, { person: string; cluster: string; count: number }>();
  faces.forEach(({ person, cluster }, i) => {
    const name = cluster === undefined ? `alone ${i}` : `cluster ${cluster}`;
    clusters.set(name, (clusters.get(name) ?? 0) + 1);
    people.set(person, (people.get(person) ?? 0) + 1);
    const key = JSON.stringify([person, name]);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { person, cluster: name, count: 1 });
    else cell.count++;
  });
  return { clusters, people, cells: [...cells.values()] };
}

/**
 * BCubed (Bagga & Baldwin, 1998; Amigó et al., 2009): per face, the share of its cluster that is the same person
 * (precision) and the share of its person that is in its cluster (recall), itself included; averaged over faces.
 */
export function bCubed(faces: readonly ClusteredFace[]): PrecisionRecall {
  const { clusters, people, cells } = contingency(faces);
  let precision = 0;
  let recall = 0;
  for (const { person, cluster, count } of cells) {
    precision += (count * count) / (clusters.get(cluster) ?? 1);
    recall += (count * count) / (people.get(person) ?? 1);
  }
  return withF(precision / faces.length, recall / faces.length);
}

/** Over all pairs of faces: those in one cluster that are one person (precision), and the reverse (recall). */
export function pairwise(faces: readonly ClusteredFace[]): PrecisionRecall {
  const { clusters, people, cells } = contingency(faces);
  const pairs = (counts: Iterable<number>): number => {
    let sum = 0;
    for (const count of counts) sum += (count * (count - 1)) / 2;
    return sum;
  };
  const right = pairs(cells.map(({ count }) => count));
  const joined = pairs(clusters.values());
  const real = pairs(people.values());
  return withF(joined > 0 ? right / joined : 1, real > 0 ? right / real : 1);
}
