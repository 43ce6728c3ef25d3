import type { OperatorFunction } from 'rxjs';
import type { Aligner } from '../contracts/detector.js';
import type { AlignedFaceItem, Face, FaceQuality } from '../contracts/face.js';
import { faceQuality } from '../identity/quality.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';
import { itemAt } from '../item-at.js';

/** Warps each face onto the aligner's template and rates its quality. */
export function alignFaces<F extends Face>(
  aligner: Aligner,
): OperatorFunction<FrameFaces<F>, FrameFaces<F & AlignedFaceItem & { readonly quality: FaceQuality }>> {
  return mapFaces(1, async ({ frame, faces }) => {
    const aligned = aligner.align(
      frame.image,
      faces.map((face) => face.detection),
    );
    return {
      faces: faces.map((face, i) => {
        const picture = itemAt(aligned, i);
        return { ...face, aligned: picture, quality: faceQuality(face.detection, picture) };
      }),
    };
  });
}
