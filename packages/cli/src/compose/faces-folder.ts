import { resolve } from 'node:path';
import type { SqlitePhotoLibrary } from '@fr-stream/backend-node';

/** Where the gallery file remembers the folder of `--faces`. */
const NOTE = 'faces-folder';

/** Where cut-outs lie unless the user says otherwise: beside the gallery file. */
export function besideGallery(path: string): string {
  return `${path.replace(/\.[^./\\]*$/, '')}-faces`;
}

/** Where the cut-outs of a gallery lie: as named now or, failing that, when photos were searched; else beside it. */
export async function facesFolder(library: SqlitePhotoLibrary, faces: string | undefined): Promise<string> {
  return resolve(faces ?? (await library.note(NOTE)) ?? besideGallery(library.path));
}

/** Lets later commands find the cut-outs that a photo job writes into a folder of the user's choice. */
export async function rememberFacesFolder(library: SqlitePhotoLibrary, faces: string): Promise<void> {
  await library.setNote(NOTE, resolve(faces));
}

/** The reports that a photo job writes into that folder. */
export const REPORT_NAMES = ['report.html', 'report.md'] as const;
