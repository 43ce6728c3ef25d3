import '../dispose-polyfill.js';

export { linearAssignment, type Assignment, type CostMatrix } from './assignment.js';
export { correctMotion, predictMotion, type MotionModel, type MotionState } from './kalman.js';
export {
  BoxFilter,
  boxMotion,
  interpolateBox,
  observationCentricReupdate,
  type BoxMotion,
  type BoxMotionOptions,
} from './box-filter.js';
export { bestPairs, bufferedIou, directionConsistency, type Matches } from './association.js';
export { ByteTracker, trustOf, type ByteTrackerOptions } from './byte-tracker.js';
export { AppearanceTracker, type AppearanceTrackerOptions } from './appearance-tracker.js';
export { CutDetector, type CutDetectorOptions } from './cut-detector.js';
export {
  moveDetection,
  TrackStep,
  withoutPictures,
  type TrackedFrame,
  type TrackOptions,
} from './track-step.js';
export { LateFaces, type FrameMark, type LateFace, type LateTruth } from './late-faces.js';
export { CalmFrames, type CalmFramesOptions } from './calm-frames.js';
