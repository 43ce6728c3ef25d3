import { toRgb24, type Image } from '@fr-stream/core';

/** The image as the browser's own pixels, opaque. */
export function toImageData(image: Image): ImageData {
  const { width, height } = image;
  const out = new ImageData(width, height);
  const pixels = out.data;
  if (image.format === 'rgba32') {
    pixels.set(image.data);
    for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
    return out;
  }
  const { data } = toRgb24(image);
  for (let i = 0, j = 0; j < pixels.length; i += 3, j += 4) {
    pixels[j] = data[i] ?? 0;
    pixels[j + 1] = data[i + 1] ?? 0;
    pixels[j + 2] = data[i + 2] ?? 0;
    pixels[j + 3] = 255;
  }
  return out;
}
