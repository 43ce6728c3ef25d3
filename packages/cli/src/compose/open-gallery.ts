import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { FlatIndex, Gallery, GalleryError, MemoryGalleryStore } from '@fr-stream/core';
import { galleryKey } from './gallery-key.js';
import { defaultGalleryPath, HnswIndex, SqliteGalleryStore, type VaultKey } from '@fr-stream/backend-node';

/**
 * Galleries of more named faces are searched through an HNSW graph. Exhaustive search is exact, and what it takes (60 ms
 * a face at that size) is nothing beside the building of a graph: minutes for 100,000 faces, half an hour for these.
 */
const HNSW_FROM = 300_000;

export interface OpenGalleryOptions {
  /**
   * `create`: make the file if need be. `read`: without `--gallery`, a missing default gallery is an empty one.
   * `read-or-empty`: so is one that was named.
   */
  readonly mode: 'create' | 'read' | 'read-or-empty';
  /** Of an encrypted one. Default: that of the command line. */
  readonly key?: VaultKey | undefined;
}

/** The file that `--gallery` names, or the user's default gallery. */
export function galleryPath(option: string | undefined): string {
  return option ?? defaultGalleryPath();
}

/**
 * Opens a gallery.
 * @throws GalleryError when the file that was named does not exist (mode `read`) or is no gallery.
 */
export async function openGallery(
  option: string | undefined,
  { mode, key }: OpenGalleryOptions,
): Promise<Gallery> {
  const path = galleryPath(option);
  const options = { createId: randomUUID };
  if (mode !== 'create' && !existsSync(path)) {
    if (option === undefined || mode === 'read-or-empty')
      return Gallery.open(new MemoryGalleryStore(), options);
    throw new GalleryError('GALLERY_INVALID', `${path}: there is no gallery.`, {
      hint: `Make one with "fr-stream enroll NAME photo.jpg --gallery ${path}".`,
    });
  }
  const store = await SqliteGalleryStore.open(path, { key: key ?? (await galleryKey()) });
  try {
    return await Gallery.open(store, {
      ...options,
      createIndex: (dimensions, faces) =>
        faces >= HNSW_FROM
          ? new HnswIndex(dimensions, { metric: 'cosine' })
          : new FlatIndex(dimensions, 'cosine'),
    });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
