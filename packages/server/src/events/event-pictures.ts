import { cropImage, type Box, type Image, type ImageCodec } from '@fr-stream/core';

export interface PictureCodec extends ImageCodec {
  encodeRegion(
    image: Image,
    region: Box,
    options: { readonly maxSide?: number; readonly quality?: number },
  ): Promise<Uint8Array>;
}

/** Margin around a face, in shares of its larger side. */
const MARGIN = 0.4;

export function wholePicture(codec: PictureCodec, image: Image): Promise<Uint8Array> {
  const region = { x: 0, y: 0, width: image.width, height: image.height };
  return codec.encodeRegion(image, region, { maxSide: 1280, quality: 82 });
}

/** A copy of a face with some of what is around it; undefined when it lies outside the picture. */
export function cutFace(image: Image, box: Box): Image | undefined {
  const side = Math.max(box.width, box.height) * (1 + 2 * MARGIN);
  const region = {
    x: box.x + box.width / 2 - side / 2,
    y: box.y + box.height / 2 - side / 2,
    width: side,
    height: side,
  };
  return cropImage(image, region)?.image;
}

export function facePicture(codec: PictureCodec, face: Image): Promise<Uint8Array> {
  const { width, height } = face;
  return codec.encodeRegion(face, { x: 0, y: 0, width, height }, { maxSide: 256, quality: 88 });
}
