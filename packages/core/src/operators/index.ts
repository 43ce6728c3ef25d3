import '../dispose-polyfill.js';

export type { FrameFaces } from './item.js';
export { fromSource, type FromSourceOptions } from './from-source.js';
export {
  fromAsyncIterable,
  IterableSource,
  type IterableFrame,
  type IterableSourceOptions,
} from './iterable-source.js';
export { FrameBudget, type StageNeeds } from './frame-budget.js';
export { declareFrames, holdFrame } from './frame-owner.js';
export { filterFrames } from './filter-frames.js';
export { LatestOnly } from './latest-only.js';
export { orderedConcurrency } from './ordered-concurrency.js';
export { mapFaces } from './map-faces.js';
export { detectFaces, type DetectFacesOptions } from './detect-faces.js';
export { SmallFaceSearch, type SearchPlan } from './small-faces.js';
export { alignFaces } from './align-faces.js';
export { embedFaces, requireSameTemplate, type EmbedFacesOptions } from './embed-faces.js';
export { analyzeFaces, type AnalyzeFacesOptions } from './analyze-faces.js';
export { identify, identifyFaces, type IdentifyOptions } from './identify.js';
export { lookAhead } from './look-ahead.js';
export { identifyTracks, trackPeople } from './identify-tracks.js';
export { track } from './track.js';
export { runPipeline, type PipelineSummary } from './run-pipeline.js';
