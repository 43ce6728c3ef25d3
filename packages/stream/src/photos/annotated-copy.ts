import type { Face, FrameFaces, ImageCodec } from '@fr-stream/core';
import { boxAnnotator, composeAnnotators, labelAnnotator, type Annotator } from '../annotate/annotators.js';
import { scaleDetection } from './scale-detection.js';

export interface AnnotatedCopyOptions {
  readonly codec: ImageCodec;
  /** Default: boxes and names. */
  readonly annotator?: Annotator;
  /** Larger photos become smaller copies. Default 24 million pixels. */
  readonly maxPixels?: number;
}

/** A photo is looked at for long: who it is, and nothing that hides the face. */
export const boxesAndNames = composeAnnotators(
  boxAnnotator(),
  labelAnnotator({
    text: ({ identity }) => (identity?.kind === 'known' ? identity.name : identity?.label),
  }),
);

/**
 * A copy of a photo with its faces drawn in: JPEG, upright, without metadata.
 * @param photo the encoded photo; `width` and `height` of the upright original, to whose pixels the faces refer.
 * @throws SourceError when it cannot be decoded.
 */
export async function annotatedCopy(
  photo: { readonly path: string; readonly bytes: Uint8Array; readonly width: number },
  faces: readonly Face[],
  { codec, annotator = boxesAndNames, maxPixels = 24_000_000 }: AnnotatedCopyOptions,
): Promise<Uint8Array> {
  const { image } = await codec.decode(photo.bytes, { maxPixels }, photo.path);
  const scale = image.width / photo.width;
  const scaled = faces.map((face) => ({ ...face, detection: scaleDetection(face.detection, scale) }));
  const frame = { image, timeMs: 0, index: 0, source: photo.path, [Symbol.dispose]: () => undefined };
  const item: FrameFaces = { frame, faces: scaled, evaluated: true };
  annotator(image, item);
  return codec.encode(image, 'jpeg', 92);
}
