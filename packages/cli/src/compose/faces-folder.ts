import { realpath, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { ArgumentError } from '@fr-stream/core';
import { OutputFolder } from '@fr-stream/stream';
import { sealOf, type PhotoStore } from './open-library.js';

/** Where the gallery file remembers the folder of `--faces`. */
const NOTE = 'faces-folder';

/** Where cut-outs lie unless the user says otherwise: beside the gallery file. */
export function besideGallery(path: string): string {
  return `${path.replace(/\.[^./\\]*$/, '')}-faces`;
}

/** Where the cut-outs of a gallery lie: as named now or, failing that, when photos were searched; else beside it. */
export async function facesFolder(library: PhotoStore, faces: string | undefined): Promise<string> {
  return resolve(
    faces ?? (await library.note(NOTE)) ?? besideGallery(library.shared?.beside ?? library.path),
  );
}

/** Lets later commands find the cut-outs that a photo job writes into a folder of the user's choice. */
export async function rememberFacesFolder(library: PhotoStore, faces: string): Promise<void> {
  await library.setNote(NOTE, resolve(faces));
}

/** The reports that a photo job writes into that folder. */
export const REPORT_NAMES = ['report.html', 'report.md'] as const;

/**
 * Says in a folder of cut-outs which gallery's they are: its path from there, so that both can move together; of one in a
 * database what tells it from others, on whatever machine.
 */
export const OWNER = '.gallery';

/** How the mark of a gallery in a database begins: no path from anywhere does. */
const DATABASE = 'database:';

/**
 * Opens the folder of a gallery's cut-outs for writing. Two runs of one gallery may write to it at once: a picture is
 * called after its photo's content and is the same from each. Two galleries may not: they would remove each other's
 * pictures when somebody is forgotten, and could not read those that the other has encrypted.
 * @throws ArgumentError when it is another gallery's, SinkError (OUTPUT_UNWRITABLE)
 */
export async function openFacesFolder(library: PhotoStore, folder: string): Promise<OutputFolder> {
  const gallery = library.shared === undefined ? await realpath(library.path) : undefined;
  const files = await OutputFolder.open(folder, sealOf(library));
  try {
    const here = await realpath(folder);
    const mark =
      gallery === undefined ? `${DATABASE}${library.shared?.identity ?? ''}` : relative(here, gallery);
    const owner = await files.claim(OWNER, mark);
    if (owner === mark) return files;
    const other = owner.startsWith(DATABASE) ? undefined : resolve(here, owner);
    if (other !== undefined && other === gallery) return files;
    // One that is gone has been moved or renamed, and may be this one.
    if (gallery !== undefined && other !== undefined && !(await isOther(other, gallery))) {
      await files.claim(OWNER, mark, { replace: true });
      return files;
    }
    throw new ArgumentError(
      `${folder}: it holds the faces of another gallery, ${other ?? 'in a database'}.`,
      { hint: 'Name a folder of its own with --faces.' },
    );
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

async function isOther(path: string, gallery: string): Promise<boolean> {
  const [other, own] = await Promise.all([path, gallery].map((one) => stat(one).catch(() => undefined)));
  return other?.isFile() === true && (other.dev !== own?.dev || other.ino !== own.ino);
}
