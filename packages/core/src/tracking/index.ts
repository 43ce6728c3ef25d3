export * from './assignment.js';
export * from './kalman.js';
export * from './box-filter.js';
export * from './association.js';
export * from './byte-tracker.js';
export * from './appearance-tracker.js';
export * from './cut-detector.js';
export * from './track-step.js';
