export * from './mot-format.js';
export * from './sequence.js';
export * from './clear-metrics.js';
export * from './identity-metrics.js';
export * from './hota-metrics.js';
export * from './naming-metrics.js';
export * from './names-file.js';
export * from './report.js';
