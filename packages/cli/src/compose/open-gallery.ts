import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { FlatIndex, Gallery, GalleryError, MemoryGalleryStore, type GalleryStore } from '@fr-stream/core';
import { HnswIndex, SqliteGalleryStore, type VaultKey } from '@fr-stream/backend-node';
import { galleryKey } from './gallery-key.js';
import { galleryPlace } from './gallery-place.js';
import { openDatabase } from './open-database.js';

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

/**
 * Opens a gallery, in a file or in a database.
 * @throws GalleryError when the file that was named does not exist (mode `read`) or is no gallery, or when the database
 * cannot be reached.
 */
export async function openGallery(
  option: string | undefined,
  { mode, key }: OpenGalleryOptions,
): Promise<Gallery> {
  const place = galleryPlace(option);
  if (place.kind === 'database') {
    const { PostgresGalleryStore } = await import('@fr-stream/postgres');
    return openStore(new PostgresGalleryStore(await openDatabase(place), { owned: true }));
  }
  const { path } = place;
  if (mode !== 'create' && !existsSync(path)) {
    if (option === undefined || mode === 'read-or-empty') return openStore(new MemoryGalleryStore());
    throw new GalleryError('GALLERY_INVALID', `${path}: there is no gallery.`, {
      hint: `Make one with "fr-stream enroll NAME photo.jpg --gallery ${path}".`,
    });
  }
  return openStore(await SqliteGalleryStore.open(path, { key: key ?? (await galleryKey()) }));
}

/** True where a file was named and is not there. */
export function isMissing(option: string | undefined): boolean {
  if (option === undefined) return false;
  const place = galleryPlace(option);
  return place.kind === 'file' && !existsSync(place.path);
}

/** The people of a store, which is disposed with them. */
export async function openStore(store: GalleryStore & AsyncDisposable): Promise<Gallery> {
  try {
    return await Gallery.open(store, {
      createId: randomUUID,
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
