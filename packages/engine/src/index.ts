export {
  ANALYZER_NAMES,
  isAnalyzerName,
  isProfileName,
  isTrackerName,
  PROFILE_NAMES,
  TRACKER_NAMES,
  type AnalyzerName,
  type ProfileName,
  type TrackerName,
} from './names.js';
export { chooseModels, type ChosenModels } from './choose-models.js';
export { PROFILES, withProfile, type Profile } from './profiles.js';
export {
  decisionRule,
  decisionThreshold,
  scaledMargin,
  type DecisionOptions,
  type DecisionRule,
} from './decision-rule.js';
export { createEngine, engineFacts, type EmbedderFacts, type Engine, type EngineFacts } from './engine.js';
export type { RunningModel } from './model-loader.js';
export * from './plugin/index.js';
export {
  enrolableAmong,
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
  openStrangers,
  type Naming,
  type NamingModels,
  type NamingOptions,
} from './name-faces.js';
export { PhotoNames, type NamedFace, type PhotoNamingRule } from './name-photos.js';
export type { DetectorLayout, EngineOptions } from './options.js';
export { WholeFile, type KnownTracks } from './whole-file.js';
export { openVideo, type VideoContext, type VideoModels, type VideoOptions } from './video-context.js';
export { labelStrangers, type LabelRule } from './label-strangers.js';
export { moveFace } from './people/move-face.js';
export { suggestMerges, type MergeSuggestion, type UseProducts } from './people/suggest-merges.js';
