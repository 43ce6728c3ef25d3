import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError, type FaceOutline } from '@fr-stream/core';
import { absolutePhotoPath, splitArchivePath } from '../photo-names.js';
import { listPhotos, type PhotoEntry } from '../photo-list.js';
import { cutoutContext, type CutoutSeal } from '../../output/output-folder.js';
import type { PhotoCodec } from '../search-photo.js';
import { mapAhead } from '../map-ahead.js';

/** A face's picture in the page: twice what it is shown at, for fine screens. */
const FACE_SIDE = 160;
const QUALITY = 68;
const AT_ONCE = 4;

/** Faces' cut-outs, small, as base64 WebP; empty where the cut-out is missing. One per face, in order. */
export function facePictures(
  faces: readonly FaceOutline[],
  folder: string,
  codec: PhotoCodec,
  seal?: CutoutSeal,
): AsyncGenerator<string> {
  return mapAhead(faces, AT_ONCE, async ({ cutout }) => {
    const bytes = await readFile(join(folder, cutout)).catch(() => undefined);
    if (bytes === undefined) return '';
    return small(codec, seal?.open(bytes, cutoutContext(cutout)) ?? bytes, cutout, FACE_SIDE);
  });
}

/**
 * Photos, small, as base64 WebP, with their paths; in no fixed order. Photos that are gone or cannot be read any more
 * are left out.
 * @param paths as the library keeps them.
 * @param side pixels of the longer side.
 */
export async function* photoPictures(
  paths: readonly string[],
  codec: PhotoCodec,
  side: number,
): AsyncGenerator<readonly [path: string, picture: string]> {
  const wanted = new Set(paths);
  const inputs = new Set(paths.map((path) => splitArchivePath(path)?.archive ?? path));
  const list = await listPhotos([...inputs], { lenient: true }).catch((error: unknown) => {
    if (SourceError.isInstance(error)) return undefined;
    throw error;
  });
  if (list === undefined) return;
  const encode = async (entry: PhotoEntry): Promise<readonly [string, string]> => {
    const path = absolutePhotoPath(entry.path);
    if (!wanted.has(path)) return [path, ''];
    const bytes = await entry.read().catch(() => undefined);
    return [path, bytes === undefined ? '' : await small(codec, bytes, path, side)];
  };
  for await (const item of mapAhead(
    list.entries(({ path }) => wanted.has(path)),
    AT_ONCE,
    encode,
  )) {
    if (item[1] !== '') yield item;
  }
}

async function small(codec: PhotoCodec, bytes: Uint8Array, name: string, side: number): Promise<string> {
  try {
    // Decoded at no more than twice the size, which for a JPEG takes a fraction of the time.
    const { image } = await codec.decode(bytes, { maxPixels: 4 * side * side }, name);
    const whole = { x: 0, y: 0, width: image.width, height: image.height };
    const webp = await codec.encodeRegion(image, whole, { format: 'webp', quality: QUALITY, maxSide: side });
    return Buffer.from(webp).toString('base64');
  } catch (error) {
    if (SourceError.isInstance(error)) return '';
    throw error;
  }
}
