import type { Image } from '../contracts/image.js';

/** A plain picture without a face, `rgb24`. */
export function plainImage(width: number, height: number, value = 128): Image {
  return { format: 'rgb24', width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** The same picture, stored as `rgba32`. */
export function withAlpha({ width, height, data }: Image): Image {
  const out = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    out.set(data.subarray(i * 3, i * 3 + 3), i * 4);
    out[i * 4 + 3] = 255;
  }
  return { format: 'rgba32', width, height, data: out };
}
