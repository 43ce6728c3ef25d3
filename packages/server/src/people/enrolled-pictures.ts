import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { dotProduct, type GalleryFace } from '@fr-stream/core';
import type { Models } from '../cameras/shared-models.js';
import { cutFace, facePicture, type PictureCodec } from '../events/event-pictures.js';
import { lookAt } from './look-at.js';
import type { Tenant } from './tenant.js';

/** As `fr-stream enroll` calls the face of a photo: by the photo's content. */
const OF_PHOTO = /^photo-([0-9a-f]{24})$/;
/** Less alike is not the face that was enrolled. */
const SAME_FACE = 0.9;
const MOST_BYTES = 100e6;

/**
 * Cuts faces that the command enrolled out of their photos, as long as those lie where they were and are what they were.
 * What is not the very photo is never shown.
 */
export function enrolledPictures(
  models: Models,
  codec: PictureCodec,
): (tenant: Tenant, face: GalleryFace) => Promise<Uint8Array | undefined> {
  return async (tenant, face) => {
    const [, hash] = OF_PHOTO.exec(face.id) ?? [];
    if (hash === undefined || face.kind !== undefined || !isAbsolute(face.source)) return undefined;
    const photo = await readFile(face.source).catch(() => undefined);
    if (photo === undefined || photo.length > MOST_BYTES) return undefined;
    if (!createHash('sha256').update(photo).digest('hex').startsWith(hash)) return undefined;
    const vector = await vectorOf(tenant, face);
    if (vector === undefined) return undefined;
    const { image, faces } = await lookAt(models, codec, photo);
    const alike = (one: (typeof faces)[number]): number => dotProduct(one.embedding.vector, vector);
    const [best] = [...faces].sort((a, b) => alike(b) - alike(a));
    if (best === undefined || alike(best) < SAME_FACE) return undefined;
    const cut = cutFace(image, best.detection.box);
    return cut && facePicture(codec, cut);
  };
}

async function vectorOf(
  { gallery }: Tenant,
  { id, personId }: GalleryFace,
): Promise<Float32Array | undefined> {
  for await (const record of gallery.records({ personIds: [personId] }))
    if (record.id === id) return record.vector;
  return undefined;
}
