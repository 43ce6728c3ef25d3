import type { Box, Landmarks } from '../contracts/face.js';
import { scaleBox } from './box.js';
import { itemAt } from '../item-at.js';

/**
 * The box grown by `factor` about its centre, by less where the picture is too small for that, and moved until it
 * lies inside the picture: the crop of Silent-Face-Anti-Spoofing type models.
 */
export function scaleBoxInside(box: Box, factor: number, width: number, height: number): Box {
  const scaled = scaleBox(box, Math.min(factor, (width - 1) / box.width, (height - 1) / box.height));
  const shift = (at: number, side: number, limit: number): number =>
    Math.max(0, Math.min(at, limit - 1 - side));
  return { ...scaled, x: shift(scaled.x, scaled.width, width), y: shift(scaled.y, scaled.height, height) };
}

/** The eyes' corner points among the 68, and the lid points whose mean is the eye's centre. */
const EYES = [
  { corners: [36, 39], lids: [37, 38, 40, 41] },
  { corners: [42, 45], lids: [43, 44, 46, 47] },
] as const;

/**
 * Square regions about the eyes on the image's left and right: side `scale` times the distance between the corners.
 * @returns undefined unless there are 68 landmarks with eyes of some width.
 */
export function eyeRegions(landmarks: Landmarks | undefined, scale: number): readonly [Box, Box] | undefined {
  if (landmarks?.scheme !== '68') return undefined;
  const { points } = landmarks;
  const region = ({ corners: [from, to], lids }: (typeof EYES)[number]): Box => {
    const [a, b] = [itemAt(points, from), itemAt(points, to)];
    const side = Math.hypot(b.x - a.x, b.y - a.y) * scale;
    const x = lids.reduce((sum, i) => sum + itemAt(points, i).x, 0) / lids.length;
    const y = lids.reduce((sum, i) => sum + itemAt(points, i).y, 0) / lids.length;
    return { x: x - side / 2, y: y - side / 2, width: side, height: side };
  };
  const [left, right] = [region(EYES[0]), region(EYES[1])];
  return left.width > 0 && right.width > 0 ? [left, right] : undefined;
}
