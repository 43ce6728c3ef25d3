import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { collected } from '@fr-stream/core';
import { OutputSet, splitArchivePath } from '@fr-stream/stream';
import type { REPORT_NAMES } from './faces-folder.js';
import { galleryPlace, type GalleryPlace } from './gallery-place.js';
import { openLibrary } from './open-library.js';
import { indexFolder } from './set-index.js';
import { WrittenFilesLog } from './written-files.js';

export interface OutputOptions {
  readonly gallery?: string;
  /** Replace files that fr-stream did not write. */
  readonly overwrite?: boolean;
}

/** What SQLite keeps beside a database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/**
 * The outputs of one command: none of them may be the gallery or what belongs to it, and files that are there already
 * are replaced only when an earlier run wrote them, or when the user says so.
 */
export function createOutputs({ gallery, overwrite = false }: OutputOptions): OutputSet {
  const outputs = new OutputSet({
    replace: overwrite ? 'any' : 'ours',
    written: new WrittenFilesLog(),
    replaceHint: 'Name another file, or replace it with --overwrite.',
    mayLoseReader: true,
  });
  const place = galleryPlace(gallery);
  if (place.kind === 'file') {
    outputs.keep('the gallery', ...BESIDE.map((ending) => `${place.path}${ending}`));
    outputs.keepFolder("the gallery's index", indexFolder(place.path));
  }
  outputs.keepAsked('a photo or video of the library', (file) => isOfLibrary(place, file));
  return outputs;
}

/** Whether a gallery knows the faces of this very file, or of photos in this archive. */
async function isOfLibrary(place: GalleryPlace, file: string): Promise<boolean> {
  if (place.kind === 'file' && !existsSync(place.path)) return false;
  // A gallery that cannot be opened is told by whoever needs it.
  const library = await openLibrary(place.kind === 'file' ? place.path : place.url, { mode: 'read' }).catch(
    () => undefined,
  );
  if (library === undefined) return false;
  await using opened = library;
  const { photos, videos } = opened;
  if ((await photos.photo(file)) !== undefined) return true;
  if ((await collected(videos.videos({ paths: [file] }))).length > 0) return true;
  if (!/\.(?:zip|tar|tar\.gz|tgz)$/i.test(file)) return false;
  for await (const { path } of photos.photos()) if (splitArchivePath(path)?.archive === file) return true;
  return false;
}

/** How the reports begin that photo jobs write. */
const BEGINNINGS: Readonly<Record<(typeof REPORT_NAMES)[number], RegExp>> = {
  'report.html': /<meta name="generator" content="fr-stream">/,
  'report.md': /^## Results\n\n\| face \| \d+ nearest \|\n/,
};

/** Whether the report of that name in a folder of cut-outs may be replaced or removed: it is one of fr-stream's. */
export async function isOurReport(path: string, name: (typeof REPORT_NAMES)[number]): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return BEGINNINGS[name].test(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
