import type { FaceOutline, PhotoRecord } from '@fr-stream/core';
import { knownPath } from '../away.js';

export interface ShownPhoto {
  readonly path: string;
  readonly name: string;
  /** Below the folder that all photos have in common; empty for that folder itself. */
  readonly folder: string;
  readonly width: number;
  readonly height: number;
}

export interface ShownPhotos {
  /** By path. */
  readonly list: readonly ShownPhoto[];
  /** Place in the list by the photo's hash; -1 for a photo that is not in it. */
  placeOf(hash: string): number;
  /** File name of any photo of the library. */
  nameOf(hash: string): string | undefined;
}

/** The photos that the faces are of, each once, under the first of its paths. */
export function shownPhotos(faces: readonly FaceOutline[], photos: readonly PhotoRecord[]): ShownPhotos {
  const first = new Map<string, PhotoRecord>();
  for (const photo of photos) if (!first.has(photo.hash)) first.set(photo.hash, photo);
  const wanted = new Set(faces.map((face) => face.hash));
  const records = [...first.values()].filter(({ hash }) => wanted.has(hash));
  const common = commonFolder(records.map(({ path }) => splitPath(path)[0]));
  const list = records.map(({ path, width, height }) => {
    const [folder, name] = splitPath(path);
    return { path, name, folder: folder.slice(common.length).replace(/^[/\\]/, ''), width, height };
  });
  const places = new Map(records.map(({ hash }, place) => [hash, place]));
  return {
    list,
    placeOf: (hash) => places.get(hash) ?? -1,
    nameOf: (hash) => {
      const record = first.get(hash);
      return record === undefined ? undefined : splitPath(record.path)[1];
    },
  };
}

function splitPath(stored: string): readonly [folder: string, name: string] {
  const path = knownPath(stored);
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

function commonFolder(folders: readonly string[]): string {
  let [common = ''] = folders;
  for (const folder of folders) {
    while (folder !== common && !folder.startsWith(`${common}/`) && !folder.startsWith(`${common}\\`)) {
      const at = Math.max(common.lastIndexOf('/'), common.lastIndexOf('\\'));
      if (at < 0) return '';
      common = common.slice(0, at);
    }
  }
  return common;
}
