export * from './neighbour-graph.js';
export * from './constrained-sets.js';
export * from './average-link.js';
export * from './cluster-faces.js';
export * from './assign-clusters.js';
