import { resolve } from 'node:path';
import envPaths from 'env-paths';

const paths = envPaths('fr-stream', { suffix: '' });

/** Where downloads are kept: `FR_STREAM_CACHE`, or the platform's cache folder for fr-stream. Absolute. */
export function userCacheFolder(): string {
  const override = process.env.FR_STREAM_CACHE;
  return override === undefined || override === '' ? paths.cache : resolve(override);
}

/** Where what the user made is kept: the platform's data folder for fr-stream. Absolute. */
export function userDataFolder(): string {
  return paths.data;
}
