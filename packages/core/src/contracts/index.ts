import '../dispose-polyfill.js';

export { imageByteLength, type Image, type PixelFormat, type YuvColor } from './image.js';
export type { Frame, FrameSource, Sink, SourceInfo } from './frame.js';
export type {
  Affine,
  AlignedFace,
  AlignedFaceItem,
  Assigner,
  Box,
  Candidate,
  Detection,
  EmbeddedFace,
  Embedding,
  Face,
  FaceQuality,
  IdentifiedFace,
  Identity,
  Landmarks,
  LandmarkScheme,
  Point,
  TrackRef,
} from './face.js';
export type { Hindsight } from './hindsight.js';
export { CONTRACT_VERSIONS, requireContracts, type ContractName } from './versions.js';
export type { Aligner, DetectOptions, Detector, Embedder, Landmarker, NormScale } from './detector.js';
export type {
  Analyzer,
  AnalyzerResult,
  ClassProbabilities,
  Estimate,
  EyeResults,
  HeadPose,
} from './analyzer.js';
export {
  VECTOR_INDEX_CONTRACT,
  type IndexCapabilities,
  type IndexEntry,
  type IndexFilter,
  type IndexItem,
  type Json,
  type Metric,
  type Neighbour,
  type SearchOptions,
  type VectorIndex,
} from './vector-index.js';
export {
  isAppearanceAware,
  type AppearanceAwareTracker,
  type AppearanceObservation,
  type CompareTracks,
  type Track,
  type TrackCorrection,
  type Tracker,
  type TrackerInput,
  type TrackUpdate,
} from './tracker.js';
export type {
  ExecutionProvider,
  InferenceBackend,
  InferenceSession,
  SessionOptions,
  Tensor,
  TensorData,
  TensorInfo,
  TensorType,
} from './inference.js';
export type { DecodedImage, DecodeOptions, EncodeFormat, ImageCodec, ImageMemory } from './codec.js';
export {
  MEDIA_LIBRARY_CONTRACT,
  type FaceOutline,
  type QuantisedFaces,
  type ScannedFace,
  type LibraryBase,
  type LibraryFace,
  type LibraryFaceFilter,
  type LibraryTrack,
  type TrackSpan,
  type VideoChunk,
  type VideoPlace,
  type MediaFile,
  type MediaFilter,
  type MediaLibrary,
  type PhotoLibrary,
  type PhotoRecord,
  type TimeSpan,
  type VideoLibrary,
  type VideoRecord,
} from './media-library.js';
export type { ModelRuntime, ReadyModel } from './model-runtime.js';
export type { Lease, Leases, LeaseState } from './leases.js';
export type { FailedTask, QueueState } from './queue-state.js';
