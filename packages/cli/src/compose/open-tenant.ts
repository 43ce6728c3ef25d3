import { isSealed, SqliteVideoLibrary } from '@fr-stream/backend-node';
import type { OpenTenant } from '@fr-stream/server';
import { cutoutContext } from '@fr-stream/stream';
import { encryptGallery } from './encrypt-gallery.js';
import { facesFolder } from './faces-folder.js';
import { galleryKey } from './gallery-key.js';
import { openGallery } from './open-gallery.js';
import { openPhotos } from './open-library.js';

/** Opens a gallery file for the server, and makes it if need be. */
export const openTenant: OpenTenant = async (id, file, faces, serverKey) => {
  const key = serverKey ?? (await galleryKey());
  if (serverKey !== undefined) await encryptGallery(file, serverKey, faces);
  const gallery = await openGallery(file, { mode: 'create', key });
  try {
    const library = await openPhotos(file, key);
    const videos = await SqliteVideoLibrary.open(file, { key });
    return {
      id,
      gallery,
      library,
      videos,
      facesFolder: await facesFolder(library, faces),
      openCutout: (bytes, name) => (isSealed(bytes) ? library.vault.open(bytes, cutoutContext(name)) : bytes),
      [Symbol.asyncDispose]: async () => {
        await videos[Symbol.asyncDispose]();
        await library[Symbol.asyncDispose]();
        await gallery[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await gallery[Symbol.asyncDispose]();
    throw error;
  }
};
