import '../dispose-polyfill.js';

export { likeAny } from './nearest-pairs.js';
export {
  neighbourGraph,
  type NeighbourGraph,
  type NeighbourGraphOptions,
  type NeighbourMemory,
} from './neighbour-graph.js';
export type { KeptNeighbours } from './kept-neighbours.js';
export { ConstrainedSets, type ClusterConstraints } from './constrained-sets.js';
export { averageLink, type AverageLinkOptions } from './average-link.js';
export {
  clusterFaces,
  LINK_MARGIN,
  type ClusterFace,
  type ClusterFacesOptions,
  type FaceCluster,
} from './cluster-faces.js';
export { assignClusters, type AssignableFace, type ClusterAssignment } from './assign-clusters.js';
