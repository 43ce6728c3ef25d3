import { chmod } from 'node:fs/promises';
import type { GalleryKey } from './gallery-vault.js';
import { explain, openGalleryDatabase } from './gallery-database.js';

/**
 * Copies a gallery as it is at one moment, while others may write to it.
 * @param target must not be there yet. Encrypted as the gallery is.
 * @throws GalleryError (GALLERY_INVALID)
 */
export async function copyGallery(path: string, target: string, key: GalleryKey = {}): Promise<void> {
  const file = await openGalleryDatabase(path, key);
  try {
    file.database.prepare('VACUUM INTO ?').run(target);
    await chmod(target, 0o600);
  } catch (error) {
    throw explain(target, error);
  } finally {
    await file.close();
  }
}
