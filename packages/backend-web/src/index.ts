export { OnnxWebBackend, type OnnxWebBackendOptions } from './ort/onnx-web-backend.js';
export { hasGpuAdapter, loadOnBest, type ChosenSession, type ProviderChoice } from './ort/choose-provider.js';
export { WebRuntime, type WebRuntimeOptions } from './ort/web-runtime.js';
export { canvasOf } from './pictures/canvas.js';
export {
  decodeBlob,
  decodeToBitmap,
  imageFromBitmap,
  imageFromDrawable,
  PixelReader,
  type Drawable,
} from './pictures/decode-image.js';
export { framePlanes } from './pictures/frame-planes.js';
export { frameOf, FrameReader, turnOf, type Turn } from './pictures/frame-reader.js';
export { CanvasCodec } from './pictures/canvas-codec.js';
export { toImageData } from './pictures/image-data.js';
export { WebModelStore, type WebModelStoreOptions } from './models/web-model-store.js';
export { DEFAULT_CDN, npmUrl } from './models/npm-url.js';
export { DEFAULT_GALLERY } from './gallery/gallery-database.js';
export { IdbGalleryStore } from './gallery/idb-gallery-store.js';
export { IdbMediaLibrary } from './gallery/idb-media-library.js';
export { IdbIndexStore } from './gallery/idb-index-store.js';
export { BestShots, MemoryShots, type Shot, type ShotStore } from './gallery/best-shots.js';
export { VideoElementFrames, type VideoElementFramesOptions } from './sources/video-element-frames.js';
export { VideoFileFrames, type VideoFileFramesOptions } from './sources/video-file-frames.js';
export { webFrame } from './sources/web-frame.js';
export { PhotoFrames, type PhotoFramesOptions } from './sources/photo-frames.js';
export { randomId } from './random-id.js';
export { sha256, sha256OfBlob } from './sha256.js';
export { openStores, type PictureLibrary, type Stores } from './gallery/open-stores.js';
export * from './page.js';
