export { ANALYZER_NAMES, type AnalyzerName } from './names.js';
export { analyzerCards, createAnalyzers } from './analyzers.js';
export { chooseModels, type ChosenModels } from './choose-models.js';
export { decisionThreshold } from './decision-threshold.js';
export { createEngine, type EmbedderFacts, type Engine } from './engine.js';
export {
  enrolableFace,
  facesOfPhoto,
  type EnrolRules,
  type PhotoEngine,
  type PhotoFace,
} from './face-of-photo.js';
export { judge, type Judgement } from './judge.js';
export {
  createTracker,
  LOOK_AHEAD_MARGIN,
  lookAheadFrames,
  MOST_LIVING_FRAMES,
  nameFaces,
  scaledMargin,
  type Naming,
  type NamingOptions,
  type TrackerName,
} from './name-faces.js';
export { PhotoNames, type NamedFace, type PhotoNamingRule } from './name-photos.js';
export type { EngineOptions } from './options.js';
export type { EnginePlatform, ReadyModel, RunningModel } from './platform.js';
