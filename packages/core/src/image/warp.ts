import type { Affine } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { invertAffine } from '../geometry/affine.js';
import { pixelKernel, type PixelKernel } from './kernel/pixel-kernel.js';
import { warpByKernel } from './kernel/warp-job.js';
import { yuvCoefficients, yuvToRgbInPlace, type Plane } from './planes.js';
import { warpPlan, type PlaneWarp } from './warp-plan.js';

/** The mean of bilinear samples around (x, y), some of which lie outside the plane and count as `border`. */
function sampleAtEdge(
  { data, offset, step, stride, width, height }: Plane,
  x: number,
  y: number,
  dx: Float32Array,
  dy: Float32Array,
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

/** The means of blocks of a plane's samples, rounded; blocks at its right and lower edge may be cut off. */
function reducePlane({ plane, reduction, footprint }: PlaneWarp): Plane {
  const { data, step, stride } = plane;
  const { width, height } = footprint;
  const out = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const top = (footprint.y + y) * reduction;
    const bottom = Math.min(top + reduction, plane.height);
    for (let x = 0; x < width; x++, i++) {
      const left = (footprint.x + x) * reduction;
      const right = Math.min(left + reduction, plane.width);
      let sum = 0;
      for (let sy = top; sy < bottom; sy++) {
        const row = plane.offset + sy * stride;
        for (let sx = left; sx < right; sx++) sum += data[row + sx * step];
      }
      out[i] = sum / ((bottom - top) * (right - left)) + 0.5;
    }
  }
  return { data: out, offset: 0, step: 1, stride: width, width, height, density: plane.density / reduction };
}

/** The footprint as a plane of its own. */
function footprintPlane(warp: PlaneWarp): Plane {
  if (warp.reduction > 1) return reducePlane(warp);
  const { plane, footprint } = warp;
  const { width, height } = footprint;
  return {
    ...plane,
    offset: plane.offset + footprint.y * plane.stride + footprint.x * plane.step,
    width,
    height,
  };
}

/** Warps one plane: out(x, y) is the mean of bilinear samples. Samples outside the plane count as its border. */
function warpPlane(warp: PlaneWarp, width: number, height: number, out: Float32Array): void {
  const plane = footprintPlane(warp);
  const { data, offset, step, stride } = plane;
  const { dx, dy, reachX, reachY, border } = warp;
  const [a, b, tx, c, d, ty] = warp.map;
  const count = dx.length;
  // Farther than this from the edge, all samples of an output pixel have their four neighbours.
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
 * source are black. When the warp reduces by much, the source is first reduced by averaging blocks, or several samples
 * per output pixel are averaged, so that large faces do not alias.
 *
 * @param transform maps source pixels to output pixels (pixel centres at integers).
 * @param kernel null for plain JavaScript.
 * @returns an `rgb24` image of the given size.
 * @throws ArgumentError when the transform is singular.
 */
export function warpAffine(
  image: Image,
  transform: Affine,
  width: number,
  height: number,
  kernel: PixelKernel | null = pixelKernel(),
): Image {
  const inverse = invertAffine(transform);
  const warped = kernel && warpByKernel(kernel, image, inverse, width, height);
  if (warped) return { format: 'rgb24', width, height, data: warped };
  const count = width * height;
  const planes = warpPlan(image, inverse, width, height, true).map((warp, i) => {
    const out = scratchPlane(i, count);
    warpPlane(warp, width, height, out);
    return out;
  });
  const red = planes[0];
  const green = planes[1] ?? red;
  const blue = planes[2] ?? red;
  if (image.format === 'yuv420p') yuvToRgbInPlace(red, green, blue, count, yuvCoefficients(image.color));
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    data[i * 3] = red[i] + 0.5;
    data[i * 3 + 1] = green[i] + 0.5;
    data[i * 3 + 2] = blue[i] + 0.5;
  }
  return { format: 'rgb24', width, height, data };
}
