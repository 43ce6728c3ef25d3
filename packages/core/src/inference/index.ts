export * from './session-detector.js';
export * from './session-landmarker.js';
export * from './session-embedder.js';
export * from './landmarked-detector.js';
export * from './tiled-detector.js';
export * from './template-aligner.js';
export * from './session-analyzer.js';
export * from './flip-embedder.js';
