export {
  AssetCache,
  copyModels,
  fetchAsset,
  makeFolder,
  userCacheFolder,
  userDataFolder,
} from '@fr-stream/model-files';
export type { Asset, AssetState, FetchOptions, FetchProgress } from '@fr-stream/model-files';
export { defaultGalleryPath } from './default-gallery-path.js';
export { NodeModelStore } from './models/node-model-store.js';
export { freeBatch } from './models/free-batch.js';
export type { NodeModelStoreOptions } from './models/node-model-store.js';
export { readCard, UserCards } from './models/user-cards.js';
export { OnnxRuntimeBackend } from './ort/onnx-runtime-backend.js';
export type { OnnxRuntimeBackendOptions } from './ort/onnx-runtime-backend.js';
export { installedProviders } from './ort/execution-providers.js';
export { loadOnDevice, type DeviceChoice, type DeviceModel, type DeviceModels } from './ort/choose-device.js';
export { NodeRuntime, type NodeRuntimeOptions } from './ort/node-runtime.js';
export { readBounded, requireRegularFile } from './read-bounded.js';
export { loadNeighbours, removeNeighbours, saveNeighbours } from './index/neighbour-file.js';
export { useRowProducts } from './ort/use-row-products.js';
export { warmUp } from './ort/warm-up.js';
export { SharpCodec } from './codec/sharp-codec.js';
export type { RegionEncodeOptions, SharpCodecOptions } from './codec/sharp-codec.js';
export { SqliteGalleryStore } from './gallery/sqlite-gallery-store.js';
export { SqlitePhotoLibrary } from './gallery/sqlite-photo-library.js';
export { SqliteVideoLibrary } from './gallery/sqlite-video-library.js';
export { copyGallery } from './gallery/copy-gallery.js';
export { backupsOf } from './gallery/backup-before.js';
export { databaseFacts, type DatabaseFacts } from './sqlite/database-facts.js';
export { sqliteDriver } from './sqlite/choose-driver.js';
export type {
  SqliteDatabase,
  SqliteDriver,
  SqliteStatement,
  SqliteTransaction,
  SqliteValue,
} from './sqlite/sqlite-driver.js';
export { removeHnsw } from './index/hnsw-files.js';
export { HnswIndex } from './index/hnsw-index.js';
export { hnswlibMissing } from './index/hnswlib.js';
export type { HnswEngine, HnswOptions, SavableIndex } from './index/savable-index.js';
export { onnxruntime } from '../worker/onnxruntime.mjs';
export type { GalleryKey } from './gallery/gallery-vault.js';
export { AesVault, isSealed, openText, plainVault, sealText } from './vault/vault.js';
export type { SealedText, Vault } from './vault/vault.js';
export { openVaultWith, parseKey, type VaultKey, type VaultNote } from './vault/vault-key.js';
export { openSealedStream, SealedStreamWriter } from './vault/sealed-stream.js';
export { checkGalleryFile } from './gallery/check-gallery.js';
export { isGalleryFile } from './gallery/is-gallery-file.js';
