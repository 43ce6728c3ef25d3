import { resolve } from 'node:path';
import { galleryPath } from './open-gallery.js';

/** Where the cut-outs of a gallery file lie: beside it. */
export function facesFolder(gallery: string | undefined, faces: string | undefined): string {
  return resolve(faces ?? `${galleryPath(gallery).replace(/\.[^./\\]*$/, '')}-faces`);
}

/** The reports that a photo job writes into that folder. */
export const REPORT_NAMES = ['report.html', 'report.md'] as const;
