import type { Affine, Point } from '../contracts/face.js';
import { ArgumentError } from '../errors.js';

export function applyAffine(m: Affine, point: Point): Point {
  return { x: m[0] * point.x + m[1] * point.y + m[2], y: m[3] * point.x + m[4] * point.y + m[5] };
}

/** @throws ArgumentError when the map is singular. */
export function invertAffine(m: Affine): Affine {
  const determinant = m[0] * m[4] - m[1] * m[3];
  if (!(Math.abs(determinant) > 1e-12))
    throw new ArgumentError('The affine map is singular and has no inverse.');
  const a = m[4] / determinant;
  const b = -m[1] / determinant;
  const c = -m[3] / determinant;
  const d = m[0] / determinant;
  return [a, b, -(a * m[2] + b * m[5]), c, d, -(c * m[2] + d * m[5])];
}

/** The length that one source pixel has after the map: sqrt(|det|). */
export function affineScale(m: Affine): number {
  return Math.sqrt(Math.abs(m[0] * m[4] - m[1] * m[3]));
}
