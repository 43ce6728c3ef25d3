import { iou, type Box } from '@fr-stream/core';

/** A face in the truth. */
export interface TruthFace {
  readonly box: Box;
  /** Faces that need not be found, and whose detection is no error either. */
  readonly ignored: boolean;
}

export interface ImageDetections {
  readonly truth: readonly TruthFace[];
  readonly found: readonly { readonly box: Box; readonly score: number }[];
}

export interface DetectionResult {
  /** Area under the precision-recall curve, 0..1. */
  readonly averagePrecision: number;
  /** Over all detections, whatever their score, 0..1. */
  readonly recall: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  /** Faces that count. */
  readonly faces: number;
}

/** Matches one picture's detections, best first; `undefined` for those that neither count for nor against. */
function matchImage(
  { truth, found }: ImageDetections,
  least: number,
): { score: number; hit: boolean | undefined }[] {
  const taken = new Set<number>();
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map(({ box, score }) => {
      let best = -1;
      let overlap = 0;
      truth.forEach((face, i) => {
        const value = iou(face.box, box);
        if (value > overlap) [best, overlap] = [i, value];
      });
      if (best < 0 || overlap < least) return { score, hit: false };
      if (truth[best].ignored) return { score, hit: undefined };
      if (taken.has(best)) return { score, hit: false };
      taken.add(best);
      return { score, hit: true };
    });
}

/**
 * Average precision as the WIDER FACE evaluation defines a match (Yang et al., CVPR 2016): a detection belongs to the
 * face that it overlaps most; from an IoU of 0.5 on it is right, once per face; detections of ignored faces do not
 * count. The area is taken under the monotone envelope of the curve at every score (PASCAL VOC 2010), where WIDER's
 * script samples 1000 scores.
 */
export function evaluateDetection(images: readonly ImageDetections[], leastIou = 0.5): DetectionResult {
  const faces = images.reduce((sum, { truth }) => sum + truth.filter(({ ignored }) => !ignored).length, 0);
  const all = images
    .flatMap((image) => matchImage(image, leastIou))
    .filter(({ hit }) => hit !== undefined)
    .sort((a, b) => b.score - a.score);
  const curve: { recall: number; precision: number }[] = [];
  let right = 0;
  all.forEach(({ score, hit }, i) => {
    if (hit === true) right++;
    // Detections of one score cannot be told apart: one point for all of them.
    if (all[i + 1]?.score !== score) curve.push({ recall: right / faces, precision: right / (i + 1) });
  });
  let averagePrecision = 0;
  let envelope = 0;
  for (let i = curve.length - 1; i >= 0; i--) {
    envelope = Math.max(envelope, curve[i].precision);
    averagePrecision += (curve[i].recall - (curve[i - 1]?.recall ?? 0)) * envelope;
  }
  return {
    averagePrecision,
    recall: right / faces,
    truePositives: right,
    falsePositives: all.length - right,
    faces,
  };
}
