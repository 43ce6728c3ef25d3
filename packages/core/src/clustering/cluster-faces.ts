import type { VectorIndex } from '../contracts/vector-index.js';
import type { RowProducts } from '../inference/row-products.js';
import { ArgumentError } from '../errors.js';
import type { Rejection } from '../identity/gallery-store.js';
import { averageLink } from './average-link.js';
import { neighbourGraph, type NeighbourMemory } from './neighbour-graph.js';
import { itemAt } from '../item-at.js';

/** A face to be grouped, or one that is known and draws others to its person. */
export interface ClusterFace {
  readonly id: string;
  /** Unit length. */
  readonly vector: Float32Array;
  /** Id of the person it belongs to; it stays there. */
  readonly person?: string;
  /** The picture it was cut from: two faces of one picture are never one person. */
  readonly picture?: string;
}

export interface ClusterFacesOptions {
  /** Two clusters join only if the mean cosine similarity of all pairs of their faces is at least this. */
  readonly threshold: number;
  /** ... and two of their faces are at least so similar. Default: the threshold and {@link LINK_MARGIN}. */
  readonly linkThreshold?: number;
  /** Clusters without a person that have fewer faces are left out. Default 2. */
  readonly minFaces?: number;
  /** Nearest neighbours looked at per face. Default 32. */
  readonly neighbours?: number;
  /** Pairs of ids, of faces or of people, that are not one person. */
  readonly rejections?: readonly Rejection[];
  /** See {@link NeighbourGraphOptions}. */
  readonly memory?: NeighbourMemory;
}

/**
 * What linking two faces by their appearance alone takes beyond the decision threshold, in cosine similarity: among many
 * faces there are many chances of a false match.
 */
export const LINK_MARGIN = 0.1;

export interface FaceCluster {
  /** The person whose faces these are like; absent for somebody new. */
  readonly person?: string;
  /** Ids of faces that belonged to nobody, ascending. */
  readonly faces: readonly string[];
}

/**
 * Groups faces into people without knowing how many there are. Faces with a person are never moved; the others join
 * one of these, or one another, or stay alone. The same faces in whatever order give the same groups.
 * @param source holds all faces under their ids (cosine); or matrix products, for many faces: see {@link neighbourGraph}.
 * @returns groups with somebody new in them, the largest first.
 * @throws ArgumentError when a threshold is no cosine similarity.
 */
export async function clusterFaces(
  faces: readonly ClusterFace[],
  source: VectorIndex | RowProducts,
  { threshold, minFaces = 2, neighbours = 32, rejections = [], ...options }: ClusterFacesOptions,
): Promise<readonly FaceCluster[]> {
  const linkThreshold = options.linkThreshold ?? threshold + LINK_MARGIN;
  for (const value of [threshold, linkThreshold]) {
    if (!(value >= -1 && value <= 2))
      throw new ArgumentError(`${value} is no threshold on cosine similarity.`);
  }
  const sorted = [...faces].sort((a, b) => (a.id < b.id ? -1 : 1));
  const vectors = sorted.map(({ vector }) => vector);
  const ids = sorted.map(({ id }) => id);
  const people = numbers(sorted.map(({ person }) => person));
  const graph = await neighbourGraph(source, ids, vectors, {
    neighbours,
    minSimilarity: linkThreshold,
    passive: (face) => itemAt(people, face) >= 0,
    ...(options.memory !== undefined && { memory: options.memory }),
  });
  // For a person stands any one of their faces: they stay together.
  const standsFor = new Map(ids.map((id, face) => [id, face]));
  sorted.forEach(({ person }, face) => person !== undefined && standsFor.set(person, face));
  const apart = rejections.flatMap(([a, b]) => {
    const [one, two] = [standsFor.get(a), standsFor.get(b)];
    return one === undefined || two === undefined ? [] : [[one, two] as const];
  });
  const picture = numbers(sorted.map((face) => face.picture));
  const labels = averageLink(graph, vectors, {
    threshold,
    linkThreshold,
    constraints: { person: people, picture, apart },
  });

  const clusters = new Map<number, { person?: string; faces: string[] }>();
  labels.forEach((label, face) => {
    const cluster = clusters.get(label) ?? { faces: [] };
    clusters.set(label, cluster);
    const { person, id } = itemAt(sorted, face);
    if (person === undefined) cluster.faces.push(id);
    else cluster.person = person;
  });
  return [...clusters.values()]
    .filter(({ person, faces: own }) => own.length >= (person === undefined ? minFaces : 1))
    .sort((a, b) => b.faces.length - a.faces.length || ((a.faces[0] ?? '') < (b.faces[0] ?? '') ? -1 : 1));
}

/** Numbers texts from 0 in order of appearance; -1 where there is none. */
function numbers(texts: readonly (string | undefined)[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(texts, (text) => {
    if (text === undefined) return -1;
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    return number;
  });
}
