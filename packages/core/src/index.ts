import './dispose-polyfill.js';

export * from './errors.js';
export * from './error-data.js';
export * from './options.js';
export * from './contracts/index.js';
export * from './models/card.js';
export * from './geometry/index.js';
export * from './image/index.js';
export * from './decode/index.js';
export * from './inference/index.js';
export * from './search/index.js';
export * from './identity/index.js';
export * from './clustering/index.js';
export * from './tracking/index.js';
export * from './operators/index.js';
export * from './events/index.js';
export * from './text/safe-text.js';
