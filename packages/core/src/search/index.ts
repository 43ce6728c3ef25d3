import '../dispose-polyfill.js';

export { byDistance, checkItems, checkVector, indexEntry, passes } from './index-items.js';
export { limitedPerGroup, searchPerGroup } from './per-group.js';
export { FlatIndex } from './flat-index.js';
export { QuantisedTable } from './quantised-table.js';
export { HnswGraphIndex, type HnswGraphContents } from './hnsw-graph-index.js';
export type { HnswGraphState } from './hnsw-graph.js';
export {
  checkWhole,
  efSearchFor,
  hnswSettings,
  type HnswGraphIndexOptions,
  type HnswSettings,
} from './hnsw-options.js';
