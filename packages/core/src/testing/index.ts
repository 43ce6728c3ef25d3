import '../dispose-polyfill.js';
export * from './conformance.js';
export * from './inference-backend.js';
export * from './image-codec.js';
export * from './vector-index.js';
export * from './gallery-store.js';
