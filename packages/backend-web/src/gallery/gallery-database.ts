import {
  FrStreamError as BaseError,
  GalleryError,
  messageOf,
  type Box,
  type FrStreamError,
  type GalleryFaceRecord,
  type LibraryFace,
  type LibraryTrack,
  type LoggedChange,
  type PersonRecord,
  type PhotoRecord,
  type Rejection,
  type VideoRecord,
} from '@fr-stream/core';
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';

type LooseFace = GalleryFaceRecord & { readonly embedder: string | undefined };

/** What was found in a photo or video of these bytes, as a library keeps it; whose it is, `faces` says. */
export type KeptItem<Item extends LibraryFace | LibraryTrack = LibraryFace | LibraryTrack> = Item & {
  readonly place: number;
  readonly vectorKey: string;
};

/** Of files of one kind: when they were looked at, by which chain, and what was found. */
interface Content {
  readonly hash: string;
  readonly chain: string;
}

export interface GallerySchema extends DBSchema {
  people: { key: string; value: PersonRecord };
  faces: { key: string; value: GalleryFaceRecord; indexes: { byPerson: string } };
  /** Faces of photos that were taken from their people, whose ids they still name: undoing that needs them. */
  loose: { key: string; value: LooseFace; indexes: { byPerson: string } };
  settings: { key: string; value: string };
  rejections: { key: [string, string]; value: Rejection };
  log: { key: number; value: LoggedChange };
  photos: { key: string; value: PhotoRecord; indexes: { byHash: string } };
  photoContents: { key: string; value: Content };
  photoFaces: { key: string; value: KeptItem<LibraryFace>; indexes: { byHash: string } };
  videos: { key: string; value: VideoRecord; indexes: { byHash: string } };
  videoContents: { key: string; value: Content };
  videoTracks: { key: string; value: KeptItem<LibraryTrack>; indexes: { byHash: string } };
  /** Small pictures, by what a face calls its cut-out. */
  pictures: { key: string; value: Blob };
  forgotten: {
    key: number;
    value: { readonly hash: string; readonly box: Box };
    indexes: { byHash: string };
  };
}
export type GalleryDatabase = IDBPDatabase<GallerySchema>;
export const ALL_STORES = [
  ...(['people', 'faces', 'loose', 'settings', 'rejections', 'log'] as const),
  ...(['photos', 'photoContents', 'photoFaces', 'videos', 'videoContents', 'videoTracks'] as const),
  ...(['pictures', 'forgotten'] as const),
];
export type GalleryWrite = IDBPTransaction<GallerySchema, typeof ALL_STORES, 'readwrite'>;

export const DEFAULT_GALLERY = 'fr-stream-gallery';

/**
 * Opens the database of a gallery and its library, which is made when it is not there.
 * @throws GalleryError (GALLERY_INVALID) when the browser refuses, as some do in private windows.
 */
export async function openGalleryDatabase(name: string): Promise<GalleryDatabase> {
  try {
    return await openDB<GallerySchema>(name, 5, {
      upgrade: (database, from, _to, upgrade) => {
        if (from < 1) {
          database.createObjectStore('people', { keyPath: 'id' });
          database.createObjectStore('faces', { keyPath: 'id' }).createIndex('byPerson', 'personId');
          database.createObjectStore('settings');
        }
        if (from < 2) {
          database.createObjectStore('rejections');
          database.createObjectStore('log', { keyPath: 'id' });
        }
        if (from < 3) {
          database.createObjectStore('loose', { keyPath: 'id' }).createIndex('byPerson', 'personId');
        }
        if (from < 4) {
          for (const files of ['photos', 'videos'] as const)
            database.createObjectStore(files, { keyPath: 'path' }).createIndex('byHash', 'hash');
          for (const contents of ['photoContents', 'videoContents'] as const)
            database.createObjectStore(contents, { keyPath: 'hash' });
          for (const items of ['photoFaces', 'videoTracks'] as const)
            database.createObjectStore(items, { keyPath: 'id' }).createIndex('byHash', 'hash');
          database.createObjectStore('pictures');
          database.createObjectStore('forgotten', { autoIncrement: true }).createIndex('byHash', 'hash');
        } else if (from < 5) tellTracksApart(upgrade).catch(() => upgrade.abort());
      },
      // A newer version of the page wants the database: let go, or it waits forever.
      blocking: (_current, _blocked, event) => {
        if (event.target instanceof IDBDatabase) event.target.close();
      },
    });
  } catch (cause) {
    throw invalid(`the database "${name}" cannot be opened`, cause);
  }
}

/**
 * Version 4 called all of a video one picture, in which no two tracks could be one person: they could not be merged. A track is a
 * picture of its own.
 */
async function tellTracksApart(
  upgrade: IDBPTransaction<GallerySchema, StoreNames<GallerySchema>[], 'versionchange'>,
): Promise<void> {
  for (const id of await upgrade.objectStore('videoTracks').getAllKeys()) {
    for (const name of ['faces', 'loose'] as const) {
      const faces = upgrade.objectStore(name);
      const face = await faces.get(id);
      if (face !== undefined) await faces.put({ ...face, picture: id });
    }
  }
}

/** Writes all of it or nothing. */
export async function writeAll<T>(
  database: GalleryDatabase,
  action: (write: GalleryWrite) => Promise<T>,
): Promise<T> {
  const write = database.transaction(ALL_STORES, 'readwrite', { durability: 'strict' });
  // Of an aborted transaction both the request and the transaction reject; the first tells why.
  write.done.catch(() => undefined);
  try {
    const result = await action(write);
    await write.done;
    return result;
  } catch (cause) {
    try {
      write.abort();
    } catch {
      // It has been aborted already.
    }
    throw BaseError.isInstance(cause) ? cause : failed(cause);
  }
}

export function invalid(reason: string, cause: unknown): FrStreamError {
  return new GalleryError(
    'GALLERY_INVALID',
    `The browser's gallery cannot be used: ${reason}: ${messageOf(cause)}`,
    {
      hint: 'Leave the private window, free some disk space, or clear the site data.',
      cause,
    },
  );
}

function failed(cause: unknown): FrStreamError {
  return new BaseError('OUTPUT_FAILED', `The browser's gallery cannot be written: ${messageOf(cause)}`, {
    hint: 'Is there disk space left, and is the page still open in one tab only?',
    cause,
  });
}
