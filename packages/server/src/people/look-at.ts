import {
  faceQuality,
  isPlausibleFace,
  type AlignedFace,
  type Detection,
  type Embedding,
  type FaceQuality,
  type Image,
  itemAt,
} from '@fr-stream/core';
import type { Models } from '../cameras/shared-models.js';
import type { PictureCodec } from '../events/event-pictures.js';

/** Pictures for recognition need no more than this. */
const MAX_PIXELS = 12_000_000;

export interface SeenFace {
  readonly detection: Detection;
  readonly quality: FaceQuality;
  readonly embedding: Embedding;
  readonly aligned: AlignedFace;
}

export interface SeenPicture {
  readonly image: Image;
  /** Of the upright original, in which boxes are told. */
  readonly width: number;
  readonly height: number;
  /** In pixels of `image`, the largest first. */
  readonly faces: readonly SeenFace[];
}

/** Decodes a picture and finds its faces. @param embed false: embeddings are not asked for, and empty. */
export async function lookAt(
  models: Models,
  codec: PictureCodec,
  picture: Uint8Array,
  embed = true,
): Promise<SeenPicture> {
  const { image, originalWidth, originalHeight } = await codec.decode(
    picture,
    { maxPixels: MAX_PIXELS },
    'the picture',
  );
  const [detections = []] = await models.detector.detect([image]);
  const { sure } = models.detector;
  const { norms } = models.embedder;
  const area = ({ box }: Detection): number => box.width * box.height;
  const sorted = [...detections].sort((a, b) => area(b) - area(a));
  const aligned = models.aligner.align(image, sorted);
  const nothing: Embedding = { vector: new Float32Array(), norm: 0, model: models.embedder.id };
  const embeddings =
    embed && aligned.length > 0 ? await models.embedder.embed(aligned) : aligned.map(() => nothing);
  return {
    image,
    width: originalWidth,
    height: originalHeight,
    faces: sorted
      .map((detection, i) => {
        const picture = itemAt(aligned, i);
        const quality = faceQuality(detection, picture);
        return { detection, quality, embedding: itemAt(embeddings, i), aligned: picture };
      })
      .filter(
        ({ detection: { score }, quality, embedding: { norm } }) =>
          !embed || isPlausibleFace(quality, score, norm, { sure, norms }),
      ),
  };
}
