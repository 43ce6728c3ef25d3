import type { Image, YuvColor } from '@fr-stream/core';

/** An image that an annotator may draw into: the writer owns the pixels. */
export type MutableImage = Image;

/** Red, green, blue, 0..255. */
export type Rgb = readonly [number, number, number];

/** Coverage per pixel, 0..255, row by row. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/**
 * Encodes a colour as the image's luma and chroma (ITU-R BT.601 / BT.709 coefficients).
 */
export function toYuv([r, g, b]: Rgb, color: YuvColor = { matrix: 'bt601', range: 'limited' }): Rgb {
  const [kr, kb] = color.matrix === 'bt709' ? [0.2126, 0.0722] : [0.299, 0.114];
  const luma = kr * r + (1 - kr - kb) * g + kb * b;
  const u = (b - luma) / (2 * (1 - kb));
  const v = (r - luma) / (2 * (1 - kr));
  if (color.range === 'full') return [luma, clamp(u + 128), clamp(v + 128)];
  return [16 + (luma * 219) / 255, 128 + (u * 224) / 255, 128 + (v * 224) / 255];
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}

/** Fills a rectangle, clipped to the image. Coordinates are rounded to whole pixels. `opacity` 0..1. */
export function fillRect(
  image: MutableImage,
  x: number,
  y: number,
  width: number,
  height: number,
  rgb: Rgb,
  opacity = 1,
): void {
  const left = Math.round(x);
  const top = Math.round(y);
  blend(
    image,
    left,
    top,
    Math.round(x + width) - left,
    Math.round(y + height) - top,
    undefined,
    rgb,
    opacity,
  );
}

/** Draws a mask in one colour with its corner at (x, y), clipped to the image. */
export function fillMask(image: MutableImage, mask: Mask, x: number, y: number, rgb: Rgb): void {
  blend(image, Math.round(x), Math.round(y), mask.width, mask.height, mask.coverage, rgb, 1);
}

/** Draws the outline of a rectangle, `thickness` pixels to the inside. */
export function strokeRect(
  image: MutableImage,
  x: number,
  y: number,
  width: number,
  height: number,
  thickness: number,
  rgb: Rgb,
): void {
  const t = Math.min(thickness, width / 2, height / 2);
  fillRect(image, x, y, width, t, rgb);
  fillRect(image, x, y + height - t, width, t, rgb);
  fillRect(image, x, y + t, t, height - 2 * t, rgb);
  fillRect(image, x + width - t, y + t, t, height - 2 * t, rgb);
}

/** Fills a disc with soft edges. */
export function fillDisc(image: MutableImage, cx: number, cy: number, radius: number, rgb: Rgb): void {
  const left = Math.floor(cx - radius);
  const top = Math.floor(cy - radius);
  const size = Math.ceil(2 * radius) + 2;
  const coverage = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      // Pixel centres lie at whole coordinates.
      const distance = Math.hypot(left + x - cx, top + y - cy);
      coverage[y * size + x] = Math.round(255 * Math.max(0, Math.min(1, radius + 0.5 - distance)));
    }
  }
  fillMask(image, { width: size, height: size, coverage }, left, top, rgb);
}

function blend(
  image: MutableImage,
  left: number,
  top: number,
  width: number,
  height: number,
  coverage: Uint8Array | undefined,
  rgb: Rgb,
  opacity: number,
): void {
  const x0 = Math.max(0, left);
  const y0 = Math.max(0, top);
  const x1 = Math.min(image.width, left + width);
  const y1 = Math.min(image.height, top + height);
  if (x0 >= x1 || y0 >= y1) return;
  const weight = (x: number, y: number): number =>
    coverage ? ((coverage[(y - top) * width + x - left] ?? 0) / 255) * opacity : opacity;
  const { data, format } = image;
  if (format !== 'yuv420p') {
    const step = format === 'rgba32' ? 4 : format === 'rgb24' ? 3 : 1;
    const values = format === 'gray8' ? [toYuv(rgb, { matrix: 'bt601', range: 'full' })[0]] : rgb;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const w = weight(x, y);
        const at = (y * image.width + x) * step;
        values.forEach((value, c) => mix(data, at + c, value, w));
      }
    }
    return;
  }
  const [luma, u, v] = toYuv(rgb, image.color);
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) mix(data, y * image.width + x, luma, weight(x, y));
  }
  const chromaWidth = Math.ceil(image.width / 2);
  const uAt = image.width * image.height;
  const vAt = uAt + chromaWidth * Math.ceil(image.height / 2);
  for (let cy = y0 >> 1; cy <= (y1 - 1) >> 1; cy++) {
    for (let cx = x0 >> 1; cx <= (x1 - 1) >> 1; cx++) {
      // A chroma sample takes the colour by the share of its 2x2 block that is covered.
      let sum = 0;
      for (let y = Math.max(y0, 2 * cy); y < Math.min(y1, 2 * cy + 2); y++) {
        for (let x = Math.max(x0, 2 * cx); x < Math.min(x1, 2 * cx + 2); x++) sum += weight(x, y);
      }
      const at = cy * chromaWidth + cx;
      mix(data, uAt + at, u, sum / 4);
      mix(data, vAt + at, v, sum / 4);
    }
  }
}

function mix(data: Uint8Array, at: number, value: number, weight: number): void {
  if (weight <= 0) return;
  const old = data[at] ?? 0;
  data[at] = Math.round(old + (value - old) * weight);
}
