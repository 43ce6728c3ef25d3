import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import type { OpenTenant } from '@fr-stream/server';
import { facesFolder } from './faces-folder.js';
import { openGallery } from './open-gallery.js';

/** Opens a gallery file for the server, and makes it if need be. */
export const openTenant: OpenTenant = async (id, file, faces) => {
  const gallery = await openGallery(file, { mode: 'create' });
  try {
    const library = await SqlitePhotoLibrary.open(file);
    return {
      id,
      gallery,
      library,
      facesFolder: await facesFolder(library, faces),
      [Symbol.asyncDispose]: async () => {
        await library[Symbol.asyncDispose]();
        await gallery[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await gallery[Symbol.asyncDispose]();
    throw error;
  }
};
