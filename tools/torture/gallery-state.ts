import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createHash } from 'node:crypto';
import { collected } from '@fr-stream/core';
import { SqliteGalleryStore, SqlitePhotoLibrary } from '@fr-stream/backend-node';

/**
 * What a gallery says, in a form in which two galleries that say the same are equal: ids that are drawn by lot and times
 * are left out, folders too.
 * @throws GalleryError when it cannot be read.
 */
export async function galleryState(file: string): Promise<unknown> {
  if (!existsSync(file)) return 'no gallery';
  const short = (vector: Float32Array): string =>
    createHash('sha256')
      .update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
      .digest('hex')
      .slice(0, 12);
  await using store = await SqliteGalleryStore.open(file);
  const { embedder, people, faces, rejections } = await store.load();
  const history = await store.history();
  await using library = await SqlitePhotoLibrary.open(file);
  const [photos, found] = [await collected(library.photos()), await collected(library.faces())];
  return {
    embedder,
    people: people
      .map(({ id, name }) => ({
        name,
        faces: faces
          .filter(({ personId }) => personId === id)
          .map(({ source, vector }) => `${basename(source)} ${short(vector)}`)
          .sort(),
      }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.faces.join().localeCompare(b.faces.join())),
    rejections: rejections.length,
    // How often it says each thing: a change that was made twice would be undone twice.
    changes: history.map(({ action }) => action),
    photos: photos.map(({ path, hash }) => `${basename(path)} ${hash}`).sort(),
    found: found.map(({ id }) => id).sort(),
  };
}
