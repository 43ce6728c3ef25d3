import type { Affine, Point } from '../contracts/face.js';
import { ArgumentError } from '../errors.js';

/**
 * The similarity transform (rotation, uniform scale, translation; no reflection) that maps `from` onto `to` with
 * the least sum of squared distances.
 *
 * Closed form for the plane of Umeyama, "Least-squares estimation of transformation parameters between two point
 * patterns", TPAMI 13(4), 1991. With centred points p and q, and p·q and p×q summed over all points, scale*cos =
 * Σp·q / Σ|p|² and scale*sin = Σp×q / Σ|p|²: the rotation that Umeyama's SVD yields, as in two dimensions a proper
 * rotation and scale is one complex number.
 *
 * @throws ArgumentError when fewer than two points are given, the counts differ, or all `from` points coincide.
 */
export function similarityTransform(from: readonly Point[], to: readonly Point[]): Affine {
  const count = from.length;
  if (count < 2 || to.length !== count) {
    throw new ArgumentError(
      `A similarity needs two point sets of one size >= 2, got ${count} and ${to.length}.`,
    );
  }
  let fromX = 0;
  let fromY = 0;
  let toX = 0;
  let toY = 0;
  for (let i = 0; i < count; i++) {
    fromX += from[i].x / count;
    fromY += from[i].y / count;
    toX += to[i].x / count;
    toY += to[i].y / count;
  }
  let dot = 0;
  let cross = 0;
  let variance = 0;
  for (let i = 0; i < count; i++) {
    const px = from[i].x - fromX;
    const py = from[i].y - fromY;
    const qx = to[i].x - toX;
    const qy = to[i].y - toY;
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    variance += px * px + py * py;
  }
  if (!(variance > 1e-12))
    throw new ArgumentError('A similarity cannot be fitted: all source points coincide.');
  const c = dot / variance;
  const s = cross / variance;
  return [c, -s, toX - (c * fromX - s * fromY), s, c, toY - (s * fromX + c * fromY)];
}
