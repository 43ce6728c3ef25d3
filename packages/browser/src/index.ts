export { FaceEngine } from './face-engine.js';
export { LiveAnalysis, type LiveAnalysisOptions } from './live-analysis.js';
export { type SeenFace, type SimilarFace } from './seen-faces.js';
export type {
  AnalyzedFace,
  AnalyzedFrame,
  BeginOptions,
  ChainCards,
  EngineInfo,
  FaceEngineOptions,
  FrameAt,
  SimilarFaces,
  PersonFace,
  PersonView,
} from './types.js';
export { connectFaceEngine, serveFaceEngine, type RemoteFaceEngine } from './worker.js';
