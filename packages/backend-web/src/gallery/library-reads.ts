import type {
  LibraryFace,
  LibraryFaceFilter,
  LibraryTrack,
  MediaFile,
  MediaFilter,
  PhotoRecord,
  VideoRecord,
} from '@fr-stream/core';
import type { GalleryDatabase, KeptItem } from './gallery-database.js';

/** The stores of photos and faces, or of videos and tracks. */
export interface Kind<Item extends LibraryFace | LibraryTrack, File extends PhotoRecord = PhotoRecord> {
  readonly files: 'photos' | 'videos';
  readonly contents: 'photoContents' | 'videoContents';
  readonly items: 'photoFaces' | 'videoTracks';
  /** What these stores hold, as what it is. */
  readonly typed: (item: KeptItem) => KeptItem<Item>;
  readonly typedFile: (file: PhotoRecord | VideoRecord) => File;
}

export const PHOTOS: Kind<LibraryFace> = {
  files: 'photos',
  contents: 'photoContents',
  items: 'photoFaces',
  typed: (item) => item as KeptItem<LibraryFace>,
  typedFile: (file) => file,
};
export const VIDEOS: Kind<LibraryTrack, VideoRecord> = {
  files: 'videos',
  contents: 'videoContents',
  items: 'videoTracks',
  typed: (item) => item as KeptItem<LibraryTrack>,
  typedFile: (file) => file as VideoRecord,
};

export async function readHas(
  database: GalleryDatabase,
  { contents }: Pick<Kind<LibraryFace>, 'contents'>,
  hash: string,
  chain: string,
): Promise<boolean> {
  return (await database.get(contents, hash))?.chain === chain;
}

export async function readCurrent(
  database: GalleryDatabase,
  kind: Pick<Kind<LibraryFace>, 'files' | 'contents'>,
  files: readonly MediaFile[],
  chain: string,
): Promise<readonly boolean[]> {
  const answers: boolean[] = [];
  for (const { path, sizeBytes, modifiedMs } of files) {
    const kept = await database.get(kind.files, path);
    const same = kept !== undefined && kept.sizeBytes === sizeBytes && kept.modifiedMs === modifiedMs;
    answers.push(same && (await database.get(kind.contents, kept.hash))?.chain === chain);
  }
  return answers;
}

/** By path. */
export async function readFiles<File extends PhotoRecord>(
  database: GalleryDatabase,
  kind: Pick<Kind<LibraryFace, File>, 'files' | 'typedFile'>,
  { paths, hashes }: MediaFilter = {},
): Promise<readonly File[]> {
  const all = await database.getAll(kind.files);
  return all
    .filter(({ path, hash }) => paths?.includes(path) !== false && hashes?.includes(hash) !== false)
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(kind.typedFile);
}

/** Faces or tracks by the first path of their file, then by place, file by file as they are asked for. */
export async function* readItems<Item extends LibraryFace | LibraryTrack>(
  database: GalleryDatabase,
  kind: Kind<Item>,
  filter: LibraryFaceFilter = {},
): AsyncGenerator<KeptItem<Item>> {
  const { ids, personIds, labels, loose } = filter;
  const files = await readFiles(database, kind, filter.hashes === undefined ? {} : { hashes: filter.hashes });
  for (const hash of new Set(files.map((file) => file.hash))) {
    // A read of its own for each: no transaction outlives a wait for something else.
    const read = database.transaction([kind.items, 'faces']);
    const items = await read.objectStore(kind.items).index('byHash').getAll(hash);
    const owners = await Promise.all(items.map(({ id }) => read.objectStore('faces').get(id)));
    const whole = items.map((item, i) => {
      const owner = owners[i];
      return owner === undefined ? item : { ...item, personId: owner.personId, by: owner.by ?? 'user' };
    });
    for (const item of whole.sort((a, b) => a.place - b.place)) {
      if (ids?.includes(item.id) === false) continue;
      if (personIds !== undefined && (item.personId === undefined || !personIds.includes(item.personId)))
        continue;
      if (labels !== undefined && (item.label === undefined || !labels.includes(item.label))) continue;
      if (loose !== undefined && (item.personId === undefined) !== loose) continue;
      yield kind.typed(item);
    }
  }
}
