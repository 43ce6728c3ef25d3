export { AssetCache, fetchAsset } from './asset-cache.js';
export type { Asset, AssetState, FetchOptions, FetchProgress } from './asset-cache.js';
export { copyDefaultModels, copyModels, type CopyDefaultsOptions, type CopyOptions } from './copy-models.js';
export { makeFolder } from './make-folder.js';
export { hashFile } from './hash-file.js';
export { withProcessLock } from './process-lock.js';
export { userCacheFolder, userDataFolder } from './user-folders.js';
