/** The models of a run, loaded as the command line loads them; for the tools that measure it. */
export { createEngine } from './engine.js';
export type { Engine } from './engine.js';
export { createModelStore, knownCards } from './model-store.js';
export type { EngineOptions } from './options.js';
export {
  createTracker,
  facesOfPhoto,
  LOOK_AHEAD_MARGIN,
  lookAheadFrames,
  MOST_LIVING_FRAMES,
  nameFaces,
  scaledMargin,
  type Naming,
  type NamingOptions,
  type PhotoFace,
  type TrackerName,
} from '@fr-stream/engine';
