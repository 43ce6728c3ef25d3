export { OnnxWebBackend, type OnnxWebBackendOptions } from './ort/onnx-web-backend.js';
export {
  hasGpuAdapter,
  loadOnBest,
  outputDrift,
  type ChosenSession,
  type ProviderChoice,
} from './ort/choose-provider.js';
export { decodeBlob, imageFromDrawable, PixelReader, type Drawable } from './pictures/decode-image.js';
export { CanvasCodec, toImageData } from './pictures/canvas-codec.js';
export { WebModelStore, type WebModelStoreOptions } from './models/web-model-store.js';
export { DEFAULT_CDN, npmUrl } from './models/npm-url.js';
export { DEFAULT_GALLERY, IdbGalleryStore } from './gallery/idb-gallery-store.js';
export { IdbIndexStore } from './gallery/idb-index-store.js';
export { BestShots, type Shot } from './gallery/best-shots.js';
export { VideoElementFrames, type VideoElementFramesOptions } from './sources/video-element-frames.js';
export { VideoFileFrames, type VideoFileFramesOptions } from './sources/video-file-frames.js';
export { PhotoFrames, type PhotoFramesOptions } from './sources/photo-frames.js';
export { loadChain, type Chain, type ChainCards, type LoadedModel } from './engine/load-chain.js';
export {
  FaceEngine,
  type AnalyzedFace,
  type AnalyzedFrame,
  type BeginOptions,
  type EngineInfo,
  type FaceEngineOptions,
  type FrameAt,
  type Likeness,
  type PersonView,
} from './engine/face-engine.js';
export { type SeenFace, type SimilarFace } from './engine/seen-faces.js';
export { connectFaceEngine, serveFaceEngine, type RemoteFaceEngine } from './engine/worker.js';
export { LiveAnalysis, type LiveAnalysisOptions } from './engine/live-analysis.js';
export { CanvasOverlay, type CanvasOverlayOptions, type OverlayFrame } from './sinks/canvas-overlay.js';
export {
  FaceEvents,
  type FaceEventMap,
  type FaceEventsOptions,
  type PresenceEvent,
} from './sinks/face-events.js';
export { colourOf, labelOf, shownBox, whoOf } from './sinks/face-look.js';
export { FrameLog, type FrameLogOptions } from './sinks/frame-log.js';
