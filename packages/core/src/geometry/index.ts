export * from './box.js';
export * from './letterbox.js';
export * from './affine.js';
export * from './similarity.js';
export * from './five-points.js';
export * from './templates.js';
export * from './analysis-regions.js';
