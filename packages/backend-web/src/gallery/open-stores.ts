import {
  MemoryGalleryStore,
  MemoryMediaLibrary,
  messageOf,
  type GalleryStore,
  type MediaLibrary,
} from '@fr-stream/core';
import { BestShots, MemoryShots, type ShotStore } from './best-shots.js';
import { DEFAULT_GALLERY } from './gallery-database.js';
import { IdbGalleryStore } from './idb-gallery-store.js';
import { IdbMediaLibrary } from './idb-media-library.js';

/** A library that keeps a small picture of each face. */
export type PictureLibrary = MediaLibrary & Pick<IdbMediaLibrary, 'picture' | 'keepPictures'>;

/** Everything that a page remembers. */
export interface Stores {
  readonly gallery: GalleryStore;
  readonly library: PictureLibrary;
  readonly shots: ShotStore;
  /** Set when nothing outlives the page, and why. */
  readonly forgetful: string | undefined;
}

class MemoryPictureLibrary extends MemoryMediaLibrary implements PictureLibrary {
  readonly #pictures = new Map<string, Blob>();

  async picture(cutout: string): Promise<Blob | undefined> {
    return this.#pictures.get(cutout);
  }

  async keepPictures(pictures: ReadonlyMap<string, Blob>): Promise<void> {
    for (const [cutout, picture] of pictures) this.#pictures.set(cutout, picture);
  }
}

/**
 * Opens a gallery, its library and pictures in IndexedDB; where the browser gives none (some private windows, blocked site
 * data), in memory: a page is of use all the same, and must say so.
 * @param name of the database.
 */
export async function openStores(name = DEFAULT_GALLERY): Promise<Stores> {
  const opened: { [Symbol.asyncDispose](): Promise<void> }[] = [];
  try {
    const gallery = await IdbGalleryStore.open(name);
    opened.push(gallery);
    const library = await IdbMediaLibrary.open(name);
    opened.push(library);
    // Some browsers refuse only when something is asked for.
    await gallery.version();
    return { gallery, library, shots: await BestShots.open(name), forgetful: undefined };
  } catch (error) {
    await Promise.allSettled(opened.map((store) => store[Symbol.asyncDispose]()));
    const gallery = new MemoryGalleryStore();
    const library = new MemoryPictureLibrary(gallery);
    return { gallery, library, shots: new MemoryShots(), forgetful: messageOf(error) };
  }
}
