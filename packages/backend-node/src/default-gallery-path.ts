import { join, resolve } from 'node:path';
import { userDataFolder } from '@fr-stream/model-files';

/**
 * The gallery that is used when none is named: `FR_STREAM_GALLERY`, or `gallery.db` in the platform's data folder
 * for fr-stream. Absolute, or the address of a PostgreSQL database; neither the file nor its folder need exist.
 */
export function defaultGalleryPath(): string {
  const override = process.env.FR_STREAM_GALLERY;
  if (override === undefined || override === '') return join(userDataFolder(), 'gallery.db');
  // The address of a database is no path.
  return /^postgres(?:ql)?:\/\//i.test(override) ? override : resolve(override);
}
