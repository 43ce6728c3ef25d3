import { GalleryError, itemAt, type Analyzer, type Box, type Detection, type Image } from '@fr-stream/core';
import { decodeBlob } from '@fr-stream/backend-web';
import type { FaceAttributes } from './types.js';
import type { Workshop } from './workshop.js';

/** Runs analysers on the faces of one picture. @returns for each face what they tell, by their names. */
export async function attributesOf(
  analyzers: readonly Analyzer[],
  image: Image,
  faces: readonly Detection[],
): Promise<readonly FaceAttributes[]> {
  if (faces.length === 0) return [];
  const results = await Promise.all(
    analyzers.map(async (analyzer) => ({ id: analyzer.id, values: await analyzer.analyze(image, faces) })),
  );
  return faces.map((_, i) =>
    Object.fromEntries(
      results.flatMap(({ id, values }) => (values[i] === undefined ? [] : [[id, values[i]] as const])),
    ),
  );
}

/** Pictures are looked at with so much around the box of the face, as a share of it. */
const AROUND = 2;

/**
 * What analysers tell of one face of a picture, which is looked for anew: what moves is not where it was.
 * @param box about where it is, in the picture's pixels; undefined for the largest.
 * @throws GalleryError (GALLERY_NO_FACE) when no face is found there.
 */
export async function describeFace(
  { engine }: Pick<Workshop, 'engine'>,
  image: Image,
  box: Box | undefined,
  names: readonly string[],
): Promise<FaceAttributes> {
  const analyzers = await engine.analyzersFor(names);
  const [found = []] = await engine.detectorWith({ tiles: box === undefined ? 1 : 2 }).detect([image]);
  const area = (one: Detection): number => one.box.width * one.box.height;
  const near = found
    .filter((one) => box === undefined || distance(one.box, box) < AROUND * Math.max(box.width, box.height))
    .sort((a, b) => (box === undefined ? area(b) - area(a) : distance(a.box, box) - distance(b.box, box)));
  const [face] = near;
  if (face === undefined)
    throw new GalleryError('GALLERY_NO_FACE', 'No face is to be made out there.', {
      hint: 'Choose a moment in which it is larger or turned towards the camera.',
    });
  return itemAt(await attributesOf(analyzers, image, [face]), 0);
}

/** What analysers tell of the small picture that is kept of a face; undefined where none is. */
export async function describeKept(
  shop: Workshop,
  faceId: string,
  picture: Blob | undefined,
  names: readonly string[],
): Promise<FaceAttributes | undefined> {
  if (picture === undefined) return undefined;
  const { image } = await decodeBlob(picture, faceId);
  return describeFace(shop, image, undefined, names);
}

/** Between the middles of two boxes. */
function distance(a: Box, b: Box): number {
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
}
