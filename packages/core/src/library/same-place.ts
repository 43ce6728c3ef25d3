import type { Box } from '../contracts/face.js';
import { iou } from '../geometry/box.js';

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

/** For each face of a picture that is searched again, the one that was found at its place before: each once. */
export function samePlace<F extends { readonly detection: { readonly box: Box } }>(
  boxes: readonly Box[],
  before: readonly F[],
): readonly (F | undefined)[] {
  const left = [...before];
  return boxes.map((box) => {
    let best = -1;
    let overlap = SAME_FACE_IOU;
    for (const [i, { detection }] of left.entries()) {
      const shared = iou(box, detection.box);
      if (shared >= overlap) [best, overlap] = [i, shared];
    }
    return best < 0 ? undefined : left.splice(best, 1)[0];
  });
}
