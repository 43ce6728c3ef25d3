import type { Affine } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { affineScale, invertAffine } from '../geometry/affine.js';
import { planesOf, yuvCoefficients, yuvToRgbInPlace, type Plane } from './planes.js';

/** Samples along each axis that are averaged per output pixel, by how much the warp reduces. */
function supersampling(scale: number): number {
  // Bilinear samples 1.5 source pixels apart leave no pixel out; 6 bounds the cost for faces that fill the frame.
  return Math.min(6, Math.max(1, Math.round(1 / scale / 1.5)));
}

/** The mean of bilinear samples around (x, y), some of which lie outside the plane and count as `border`. */
function sampleAtEdge(
  { data, offset, step, stride, width, height }: Plane,
  x: number,
  y: number,
  dx: Float64Array,
  dy: Float64Array,
  border: number,
): number {
  let total = 0;
  for (let s = 0; s < dx.length; s++) {
    const x0 = Math.floor(x + dx[s]);
    const y0 = Math.floor(y + dy[s]);
    const fx = x + dx[s] - x0;
    const fy = y + dy[s] - y0;
    for (let k = 0; k < 4; k++) {
      const sx = x0 + (k & 1);
      const sy = y0 + (k >> 1);
      const inside = sx >= 0 && sy >= 0 && sx < width && sy < height;
      const value = inside ? data[offset + sy * stride + sx * step] : border;
      total += value * (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
    }
  }
  return total / dx.length;
}

/**
 * Warps one plane: out(x, y) is the mean of n x n bilinear samples around inverse(x, y). Samples outside the plane
 * count as `border`.
 */
function warpPlane(
  plane: Plane,
  inverse: Affine,
  width: number,
  height: number,
  n: number,
  border: number,
  out: Float32Array,
): void {
  const { data, offset, step, stride, density } = plane;
  // In samples of this plane. Chroma samples sit between luma samples: coordinate p lies at (p + 0.5) * density - 0.5.
  const shift = 0.5 * density - 0.5;
  const [a, b, c, d] = [inverse[0], inverse[1], inverse[3], inverse[4]].map((value) => value * density);
  const [tx, ty] = [inverse[2] * density + shift, inverse[5] * density + shift];
  const count = n * n;
  const dx = new Float64Array(count);
  const dy = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    const px = ((s % n) + 0.5) / n - 0.5;
    const py = (Math.floor(s / n) + 0.5) / n - 0.5;
    dx[s] = a * px + b * py;
    dy[s] = c * px + d * py;
  }
  // Farther than this from the edge, all samples of an output pixel have their four neighbours.
  const reachX = Math.max(...dx);
  const reachY = Math.max(...dy);
  const maxX = plane.width - 1 - reachX;
  const maxY = plane.height - 1 - reachY;
  const weight = 1 / count;
  for (let oy = 0, i = 0; oy < height; oy++) {
    for (let ox = 0; ox < width; ox++, i++) {
      const x = a * ox + b * oy + tx;
      const y = c * ox + d * oy + ty;
      if (!(x >= reachX && y >= reachY && x < maxX && y < maxY)) {
        out[i] = sampleAtEdge(plane, x, y, dx, dy, border);
        continue;
      }
      let total = 0;
      for (let s = 0; s < count; s++) {
        const sx = x + dx[s];
        const sy = y + dy[s];
        const x0 = sx | 0;
        const y0 = sy | 0;
        const fx = sx - x0;
        const at = offset + y0 * stride + x0 * step;
        const upper = data[at];
        const lower = data[at + stride];
        const top = upper + (data[at + step] - upper) * fx;
        total += top + (lower + (data[at + stride + step] - lower) * fx - top) * (sy - y0);
      }
      out[i] = total * weight;
    }
  }
}

/** Planes between sampling and conversion, used again: fresh ones per face keep the garbage collector busy. */
const scratch: Float32Array[] = [];

function scratchPlane(index: number, length: number): Float32Array {
  const plane = scratch[index];
  if (plane?.length === length) return plane;
  return (scratch[index] = new Float32Array(length));
}

/**
 * Warps an image: output pixel q shows the source at inverse(transform)(q), bilinear; pixels from outside the
 * source are black. When the warp reduces by more than 1.5, several samples per output pixel are averaged, so that
 * large faces do not alias.
 *
 * @param transform maps source pixels to output pixels (pixel centres at integers).
 * @returns an `rgb24` image of the given size.
 * @throws ArgumentError when the transform is singular.
 */
export function warpAffine(image: Image, transform: Affine, width: number, height: number): Image {
  const inverse = invertAffine(transform);
  const scale = affineScale(transform);
  const count = width * height;
  const yuv = image.format === 'yuv420p';
  const blackLuma = yuv && image.color?.range !== 'full' ? 16 : 0;
  const planes = planesOf(image).map((plane, i) => {
    const out = scratchPlane(i, count);
    const n = supersampling(scale / plane.density);
    warpPlane(plane, inverse, width, height, n, yuv ? (i === 0 ? blackLuma : 128) : 0, out);
    return out;
  });
  const red = planes[0];
  const green = planes[1] ?? red;
  const blue = planes[2] ?? red;
  if (yuv) yuvToRgbInPlace(red, green, blue, count, yuvCoefficients(image.color));
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    data[i * 3] = red[i] + 0.5;
    data[i * 3 + 1] = green[i] + 0.5;
    data[i * 3 + 2] = blue[i] + 0.5;
  }
  return { format: 'rgb24', width, height, data };
}
