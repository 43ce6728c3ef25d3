import { isSealed } from '@fr-stream/backend-node';
import type { OpenTenant } from '@fr-stream/server';
import { cutoutContext } from '@fr-stream/stream';
import { encryptGallery } from './encrypt-gallery.js';
import { facesFolder } from './faces-folder.js';
import { forgetEverywhere } from './forget-everywhere.js';
import { galleryKey } from './gallery-key.js';
import { galleryFile } from './gallery-place.js';
import { openLibrary } from './open-library.js';

/** Opens a gallery for the server, in a file, which is made if need be, or in a database. */
export const openTenant: OpenTenant = async (id, file, faces, serverKey) => {
  const key = serverKey ?? (await galleryKey());
  if (serverKey !== undefined) await encryptGallery(galleryFile(file, 'Encryption'), serverKey, faces);
  const library = await openLibrary(file, { mode: 'create', key });
  const { gallery, photos, videos } = library;
  try {
    return {
      id,
      gallery,
      library: photos,
      videos,
      facesFolder: await facesFolder(photos, faces),
      openCutout: (bytes, name) => (isSealed(bytes) ? photos.vault.open(bytes, cutoutContext(name)) : bytes),
      forget: async (person) => {
        await forgetEverywhere(library, person, await facesFolder(photos, faces));
      },
      [Symbol.asyncDispose]: () => library[Symbol.asyncDispose](),
    };
  } catch (error) {
    await library[Symbol.asyncDispose]();
    throw error;
  }
};
