import {
  plainVault,
  SqlitePhotoLibrary,
  SqliteVideoLibrary,
  type Vault,
  type VaultKey,
} from '@fr-stream/backend-node';
import { settleDrives, type CutoutSeal } from '@fr-stream/stream';
import {
  disposeAll,
  type Gallery,
  type MediaFile,
  type MediaLibrary,
  type PhotoLibrary,
  type VideoLibrary,
} from '@fr-stream/core';
import type { SqlDatabase } from '@fr-stream/postgres';
import { galleryKey } from './gallery-key.js';
import { galleryPlace, type GalleryPlace } from './gallery-place.js';
import { openDatabase } from './open-database.js';
import { openGallery, openStore, type OpenGalleryOptions } from './open-gallery.js';

/** The photos of a gallery, wherever it lies. */
export interface PhotoStore extends PhotoLibrary {
  /** Of the gallery file, absolute; of a database what it is called. For messages. */
  readonly path: string;
  /** Seals what is kept of faces outside. */
  readonly vault: Vault;
  /** A photo's file has changed and its picture has not: its faces stay what they are. */
  rehash(file: MediaFile, hash: string): Promise<void>;
  /** Of a database: what it cannot hold lies elsewhere. */
  readonly shared?: {
    /** Tells this gallery from every other. */
    readonly identity: string;
    /** As `GalleryPlace.beside`. */
    readonly beside: string;
  };
}

/** The videos of a gallery, wherever it lies. */
export type VideoStore = VideoLibrary & Required<Pick<VideoLibrary, 'forgottenPlaces' | 'movePaths'>>;

/** People, photos and videos of one gallery. */
export interface OpenLibrary extends AsyncDisposable {
  readonly gallery: Gallery;
  readonly photos: PhotoStore;
  readonly videos: VideoStore;
}

/** Opens all that a gallery holds; disposed as one. @throws GalleryError as {@link openGallery}. */
export async function openLibrary(
  option: string | undefined,
  options: OpenGalleryOptions,
): Promise<OpenLibrary> {
  const place = galleryPlace(option);
  const opened: AsyncDisposable[] = [];
  const dispose = (): Promise<void> => disposeAll(opened.reverse());
  const own = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    if (place.kind === 'database') {
      const database = own(await openDatabase(place));
      const { PostgresGalleryStore } = await import('@fr-stream/postgres');
      const gallery = own(await openStore(new PostgresGalleryStore(database)));
      const media = await openMedia(database, place);
      return { gallery, photos: media, videos: media, [Symbol.asyncDispose]: dispose };
    }
    const { path } = place;
    const key = options.key ?? (await galleryKey());
    // First: a file that was named and is not there must not be made by being asked.
    const gallery = own(await openGallery(option, options));
    const photos = own(await SqlitePhotoLibrary.open(path, { key }));
    const videos = own(await SqliteVideoLibrary.open(path, { key }));
    // Of a database nothing is settled: the drives are those of many machines. What cannot be written stays as it is.
    if (!photos.readOnly) await settleDrives({ photos, videos });
    return { gallery, photos, videos, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

type DatabasePlace = Extract<GalleryPlace, { readonly kind: 'database' }>;

/** @param owned the database is disposed with the library. */
async function openMedia(
  database: SqlDatabase,
  { beside }: DatabasePlace,
  owned = false,
): Promise<MediaLibrary & PhotoStore & VideoStore> {
  const { PostgresMediaLibrary } = await import('@fr-stream/postgres');
  const library = new PostgresMediaLibrary(database, { owned });
  const identity = await library.identity();
  return Object.assign(library, { vault: plainVault, shared: { identity, beside } });
}

/** What cut-outs beside a library are sealed with; undefined where nothing is encrypted. */
export function sealOf({ vault }: Pick<PhotoStore, 'vault'>): CutoutSeal | undefined {
  return vault.encrypted ? vault : undefined;
}

/**
 * The photos of a gallery alone.
 * @param option a file or a database. @param key default: that of the command line. @throws GalleryError, ArgumentError
 */
export async function openPhotos(option: string | undefined, key?: VaultKey): Promise<PhotoStore> {
  const place = galleryPlace(option);
  if (place.kind === 'file') return SqlitePhotoLibrary.open(place.path, { key: key ?? (await galleryKey()) });
  const database = await openDatabase(place);
  try {
    return await openMedia(database, place, true);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
