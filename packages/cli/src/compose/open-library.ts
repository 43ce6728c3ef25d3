import { SqlitePhotoLibrary, SqliteVideoLibrary, type VaultKey } from '@fr-stream/backend-node';
import type { CutoutSeal } from '@fr-stream/stream';
import { disposeAll, type Gallery } from '@fr-stream/core';
import { galleryKey } from './gallery-key.js';
import { galleryPath, openGallery, type OpenGalleryOptions } from './open-gallery.js';

/** People, photos and videos of one gallery file. */
export interface OpenLibrary extends AsyncDisposable {
  readonly gallery: Gallery;
  readonly photos: SqlitePhotoLibrary;
  readonly videos: SqliteVideoLibrary;
}

/** Opens all that a gallery file holds; disposed as one. @throws GalleryError as {@link openGallery}. */
export async function openLibrary(
  option: string | undefined,
  options: OpenGalleryOptions,
): Promise<OpenLibrary> {
  const path = galleryPath(option);
  const key = options.key ?? (await galleryKey());
  const opened: AsyncDisposable[] = [];
  const dispose = (): Promise<void> => disposeAll(opened.reverse());
  const own = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    // First: a file that was named and is not there must not be made by being asked.
    const gallery = own(await openGallery(option, options));
    const photos = own(await SqlitePhotoLibrary.open(path, { key }));
    const videos = own(await SqliteVideoLibrary.open(path, { key }));
    return { gallery, photos, videos, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What cut-outs beside a library are sealed with; undefined where nothing is encrypted. */
export function sealOf({ vault }: SqlitePhotoLibrary): CutoutSeal | undefined {
  return vault.encrypted ? vault : undefined;
}

/** The photos of a gallery file alone. @param key default: that of the command line. @throws GalleryError, ArgumentError */
export async function openPhotos(path: string, key?: VaultKey): Promise<SqlitePhotoLibrary> {
  return SqlitePhotoLibrary.open(path, { key: key ?? (await galleryKey()) });
}
