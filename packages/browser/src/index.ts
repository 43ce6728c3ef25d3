export { FaceEngine } from './face-engine.js';
export { LiveAnalysis, type LiveAnalysisOptions } from './live-analysis.js';
export { followVideo, type FollowVideoOptions } from './follow-video.js';
export { withNamesOfNow } from './names-of-now.js';
export { openFaceEngine, type OpenedFaceEngine, type OpenFaceEngineOptions } from './open-face-engine.js';
export { type SeenFace, type SimilarFace } from './seen-faces.js';
export type {
  AnalyzedFace,
  AnalyzedFrame,
  BeginOptions,
  ChainCards,
  EngineInfo,
  FaceAttributes,
  FaceEngineOptions,
  FrameAt,
  KeptFiles,
  KeptVideo,
  KeptVideoPerson,
  SimilarFaces,
  PersonFace,
  PersonView,
} from './types.js';
export { connectFaceEngine, type RemoteFaceEngine } from './connect.js';
export { serveFaceEngine } from './serve.js';
