export * from './index-items.js';
export * from './per-group.js';
export * from './flat-index.js';
export * from './hnsw-graph-index.js';
export type { HnswGraphState } from './hnsw-graph.js';
export * from './hnsw-options.js';
