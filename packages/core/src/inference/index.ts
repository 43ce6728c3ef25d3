import '../dispose-polyfill.js';

export { SessionDetector, type SessionDetectorOptions } from './session-detector.js';
export { SessionLandmarker } from './session-landmarker.js';
export { SessionEmbedder } from './session-embedder.js';
export { LandmarkedDetector } from './landmarked-detector.js';
export { TiledDetector, tileGrid, type TileOptions } from './tiled-detector.js';
export { RotationRetryDetector, type RotationRetryOptions } from './rotation-retry-detector.js';
export { TemplateAligner } from './template-aligner.js';
export { SessionAnalyzer } from './session-analyzer.js';
export { LandmarkedAnalyzer } from './landmarked-analyzer.js';
export { QualityAnalyzer } from './quality-analyzer.js';
export { FlipEmbedder, mirrorImage } from './flip-embedder.js';
export { FusionEmbedder, type FusionPart } from './fusion-embedder.js';
export { CoalescingSession } from './coalescing-session.js';
export { COLUMN_GROUP, RowProducts, type Products } from './row-products.js';
export { outputDrift, probeInput, PROVIDER_TOLERANCE } from './provider-test.js';
