export * from './flat-index.js';
export * from './hnsw-graph-index.js';
export * from './hnsw-options.js';
