import type { Affine } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { affineScale, invertAffine } from '../geometry/affine.js';
import { planesOf, yuvToRgbInPlace, type Plane } from './planes.js';

/** Samples along each axis that are averaged per output pixel, by how much the warp reduces. */
function supersampling(scale: number): number {
  // Bilinear samples 1.5 source pixels apart leave no pixel out; 6 bounds the cost for faces that fill the frame.
  return Math.min(6, Math.max(1, Math.round(1 / scale / 1.5)));
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
  const maxX = plane.width - 1;
  const maxY = plane.height - 1;
  // Chroma samples sit between luma samples: luma coordinate p lies at (p + 0.5) * density - 0.5.
  const shift = 0.5 * density - 0.5;
  const [a, b, tx, c, d, ty] = inverse;
  const weight = 1 / (n * n);
  for (let oy = 0; oy < height; oy++) {
    for (let ox = 0; ox < width; ox++) {
      let total = 0;
      for (let s = 0; s < n * n; s++) {
        const px = n === 1 ? ox : ox + ((s % n) + 0.5) / n - 0.5;
        const py = n === 1 ? oy : oy + (Math.floor(s / n) + 0.5) / n - 0.5;
        const x = (a * px + b * py + tx) * density + shift;
        const y = (c * px + d * py + ty) * density + shift;
        const x0 = Math.floor(x);
        const y0 = Math.floor(y);
        const fx = x - x0;
        const fy = y - y0;
        if (x0 >= 0 && y0 >= 0 && x0 < maxX && y0 < maxY) {
          const at = offset + y0 * stride + x0 * step;
          const top = data[at] + (data[at + step] - data[at]) * fx;
          const bottom = data[at + stride] + (data[at + stride + step] - data[at + stride]) * fx;
          total += top + (bottom - top) * fy;
        } else {
          for (let k = 0; k < 4; k++) {
            const sx = x0 + (k & 1);
            const sy = y0 + (k >> 1);
            const inside = sx >= 0 && sy >= 0 && sx <= maxX && sy <= maxY;
            const value = inside ? data[offset + sy * stride + sx * step] : border;
            total += value * (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
          }
        }
      }
      out[oy * width + ox] = total * weight;
    }
  }
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
  const n = supersampling(affineScale(transform));
  const count = width * height;
  const yuv = image.format === 'yuv420p';
  const blackLuma = yuv && image.color?.range !== 'full' ? 16 : 0;
  const planes = planesOf(image).map((plane, i) => {
    const out = new Float32Array(count);
    warpPlane(plane, inverse, width, height, n, yuv ? (i === 0 ? blackLuma : 128) : 0, out);
    return out;
  });
  const red = planes[0];
  const green = planes[1] ?? red;
  const blue = planes[2] ?? red;
  if (yuv) yuvToRgbInPlace(red, green, blue, count, image.color);
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    data[i * 3] = red[i] + 0.5;
    data[i * 3 + 1] = green[i] + 0.5;
    data[i * 3 + 2] = blue[i] + 0.5;
  }
  return { format: 'rgb24', width, height, data };
}
