import '../dispose-polyfill.js';

export { assert, assertClose, assertEqual, rejection, type ConformanceCheck } from './conformance.js';
export { inferenceBackendConformance } from './inference-backend.js';
export { imageCodecConformance } from './image-codec.js';
export { vectorIndexConformance, type MakeVectorIndex } from './vector-index.js';
export {
  eventStoreConformance,
  type EventStoreSubject,
  type SampleEvent,
  type SampleStay,
} from './event-store.js';
export { galleryStoreConformance, type GalleryStoreSubject } from './gallery-store.js';
export { detectorConformance, type DetectorSubject } from './detector.js';
export { detectorDecoderConformance, type DecoderSubject } from './detector-decoder.js';
export {
  alignerConformance,
  analyzerConformance,
  embedderConformance,
  landmarkerConformance,
  type AlignerSubject,
  type AnalyzerSubject,
  type EmbedderSubject,
  type LandmarkerSubject,
} from './face-models.js';
export { trackerConformance } from './tracker.js';
export { frameSourceConformance, type FrameSourceSubject } from './frame-source.js';
export { sinkConformance, type SinkSubject } from './sink.js';
export { photoLibraryConformance, videoLibraryConformance, type LibrarySubject } from './media-library.js';
