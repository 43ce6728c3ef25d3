import type { Affine, Box } from '../contracts/face.js';
import { affineScale } from '../geometry/affine.js';
import type { Image } from '../contracts/image.js';
import { planesOf, type Plane } from './planes.js';

/** How one plane, or all interleaved channels of a picture, are warped. */
export interface PlaneWarp {
  readonly plane: Plane;
  /** The plane is first reduced by this whole factor: each block of so many samples squared becomes its mean. */
  readonly reduction: number;
  /** In reduced samples: all that is looked at, with room for neighbours. */
  readonly footprint: Box;
  /** From output pixels to reduced samples, from the footprint's corner. */
  readonly map: Affine;
  /** Of each bilinear sample of an output pixel, its distance from the pixel's centre in reduced samples. */
  readonly dx: Float32Array;
  readonly dy: Float32Array;
  /** The largest of these. */
  readonly reachX: number;
  readonly reachY: number;
  /** What lies outside the picture. */
  readonly border: number;
}

/** Bilinear samples so many source samples apart leave none out. */
const DENSE_ENOUGH = 1.5;

/** The part of a reduced plane that is looked at, in whole samples. */
function footprintOf(
  [a, b, tx, c, d, ty]: Affine,
  outWidth: number,
  outHeight: number,
  reach: number,
  width: number,
  height: number,
): Box {
  const [w, h] = [outWidth - 1, outHeight - 1];
  const along = (p: number, q: number, t: number, end: number): readonly [number, number] => {
    const ends = [t, t + p * w, t + q * h, t + p * w + q * h];
    const from = Math.max(0, Math.floor(Math.min(...ends) - reach) - 2);
    return [from, Math.max(0, Math.min(end, Math.ceil(Math.max(...ends) + reach) + 3) - from)];
  };
  const [x, across] = along(a, b, tx, width);
  const [y, down] = along(c, d, ty, height);
  return { x, y, width: across, height: down };
}

/** Distances of n x n samples of an output pixel from its centre. */
function offsets(n: number, along: number, across: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, s) => {
    const px = ((s % n) + 0.5) / n - 0.5;
    const py = (Math.floor(s / n) + 0.5) / n - 0.5;
    return along * px + across * py;
  });
}

/**
 * Where the samples of each output pixel lie. Strong reductions go over block means, so that their cost is that of
 * reading the source once and not of many samples per output pixel.
 *
 * @param inverse from output pixels to pixels of the image
 * @param separately each channel by itself, also where channels are interleaved.
 */
export function warpPlan(
  image: Image,
  inverse: Affine,
  width: number,
  height: number,
  separately: boolean,
): readonly PlaneWarp[] {
  const all = planesOf(image);
  const yuv = image.format === 'yuv420p';
  const black = yuv && image.color?.range !== 'full' ? 16 : 0;
  return (separately || all[0].step === 1 ? all : all.slice(0, 1)).map((plane, i) => {
    const ratio = affineScale(inverse) * plane.density;
    const reduction = Math.max(1, Math.floor(ratio / DENSE_ENOUGH));
    const n = Math.max(1, Math.round(ratio / reduction / DENSE_ENOUGH));
    const density = plane.density / reduction;
    // Reduced samples sit in the middle of their pixels: coordinate p lies at (p + 0.5) * density - 0.5.
    const shift = 0.5 * density - 0.5;
    const [a, b, c, d] = [inverse[0], inverse[1], inverse[3], inverse[4]].map((value) => value * density);
    const [tx, ty] = [inverse[2] * density + shift, inverse[5] * density + shift];
    const [dx, dy] = [offsets(n, a, b), offsets(n, c, d)];
    const [reachX, reachY] = [Math.max(...dx), Math.max(...dy)];
    const footprint = footprintOf(
      [a, b, tx, c, d, ty],
      width,
      height,
      Math.max(reachX, reachY),
      Math.ceil(plane.width / reduction),
      Math.ceil(plane.height / reduction),
    );
    return {
      plane,
      reduction,
      footprint,
      map: [a, b, tx - footprint.x, c, d, ty - footprint.y],
      dx,
      dy,
      reachX,
      reachY,
      border: yuv ? (i === 0 ? black : 128) : 0,
    };
  });
}
