import type { Detection } from '../contracts/face.js';
import { iou } from '../geometry/box.js';

/** Orders by score, best first; ties by position, so that the result never depends on the input order. */
export function byScore(a: Detection, b: Detection): number {
  return b.score - a.score || a.box.y - b.box.y || a.box.x - b.box.x || a.box.width - b.box.width;
}

/**
 * Greedy non-maximum suppression: keeps the best detection, drops all that overlap it by an IoU above the
 * threshold, and goes on with the best of what is left.
 *
 * @param iouThreshold 0..1; 1 keeps everything.
 * @returns the kept detections, best score first.
 */
export function nonMaximumSuppression(detections: readonly Detection[], iouThreshold: number): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of [...detections].sort(byScore)) {
    if (kept.every((better) => iou(better.box, candidate.box) <= iouThreshold)) kept.push(candidate);
  }
  return kept;
}
