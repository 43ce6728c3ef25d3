import type { Box } from '../contracts/face.js';
import { imageByteLength, type Image } from '../contracts/image.js';
import { planesOf, yuvCoefficients } from './planes.js';

/** The image as `rgb24`. An image that is `rgb24` already is returned as it is, not copied. */
export function toRgb24(image: Image): Image {
  const { width, height, data } = image;
  if (image.format === 'rgb24') return image;
  const out = new Uint8Array(width * height * 3);
  switch (image.format) {
    case 'gray8':
      for (let i = 0; i < width * height; i++) out.fill(data[i], i * 3, i * 3 + 3);
      break;
    case 'rgba32':
      for (let i = 0, j = 0; i < out.length; i += 3, j += 4) {
        out[i] = data[j];
        out[i + 1] = data[j + 1];
        out[i + 2] = data[j + 2];
      }
      break;
    case 'yuv420p': {
      const k = yuvCoefficients(image.color);
      const chromaWidth = (width + 1) >> 1;
      const uBase = width * height;
      const vBase = uBase + chromaWidth * ((height + 1) >> 1);
      const clamped = new Uint8ClampedArray(out.buffer);
      for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i += 3) {
          const chroma = (y >> 1) * chromaWidth + (x >> 1);
          const luma = (data[y * width + x] - k.yOffset) * k.y;
          const cb = data[uBase + chroma] - 128;
          const cr = data[vBase + chroma] - 128;
          clamped[i] = luma + k.rv * cr;
          clamped[i + 1] = luma + k.gu * cb + k.gv * cr;
          clamped[i + 2] = luma + k.bu * cb;
        }
      }
    }
  }
  return { format: 'rgb24', width, height, data: out };
}

/**
 * A region rounded outwards to whole pixels (for `yuv420p` to even ones at its top-left) and clipped to the image.
 * @returns undefined when nothing of the region lies inside the image.
 */
export function wholePixels(image: Image, region: Box): Box | undefined {
  const grid = image.format === 'yuv420p' ? 2 : 1;
  const x = Math.max(0, Math.floor(region.x / grid) * grid);
  const y = Math.max(0, Math.floor(region.y / grid) * grid);
  const width = Math.min(image.width, Math.ceil(region.x + region.width)) - x;
  const height = Math.min(image.height, Math.ceil(region.y + region.height)) - y;
  return width < 1 || height < 1 ? undefined : { x, y, width, height };
}

/**
 * Copies a region, format kept, rounded and clipped by {@link wholePixels}.
 * @returns undefined when nothing of the region lies inside the image.
 */
export function cropImage(
  image: Image,
  region: Box,
): { readonly image: Image; readonly x: number; readonly y: number } | undefined {
  const part = wholePixels(image, region);
  if (part === undefined) return undefined;
  const { x, y, width, height } = part;
  const data = new Uint8Array(imageByteLength(image.format, width, height));
  const cropped: Image = { ...image, width, height, data };
  if (image.format === 'yuv420p') {
    const targets = planesOf(cropped);
    planesOf(image).forEach((plane, i) => {
      const target = targets[i];
      for (let row = 0; row < target.height; row++) {
        const from = plane.offset + (y * plane.density + row) * plane.stride + x * plane.density;
        data.set(plane.data.subarray(from, from + target.width), target.offset + row * target.stride);
      }
    });
  } else {
    const step = data.length / (width * height);
    for (let row = 0; row < height; row++) {
      const from = ((y + row) * image.width + x) * step;
      data.set(image.data.subarray(from, from + width * step), row * width * step);
    }
  }
  return { image: cropped, x, y };
}
