import { imageByteLength, type Image } from '../contracts/image.js';
import { planesOf } from './planes.js';
import { axisTaps, resamplePlane, type AxisTaps } from './resample.js';

/**
 * An image of another size, in its own format: filtered as by `Resampler`, each plane by itself.
 * @param width of the result in pixels, >= 1
 * @returns the image itself where it has that size.
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image;
  const resized: Image = {
    ...image,
    width,
    height,
    data: new Uint8Array(imageByteLength(image.format, width, height)),
  };
  if (image.format === 'rgba32') resized.data.fill(255);
  const [samples, row] = [new Float32Array(width * height), new Float32Array(width)];
  const targets = planesOf(resized);
  let axes: { readonly density: number; readonly x: AxisTaps; readonly y: AxisTaps } | undefined;
  planesOf(image).forEach((plane, i) => {
    const { density } = plane;
    const target = targets[i];
    if (axes?.density !== density) {
      axes = {
        density,
        x: axisTaps(0, image.width * density, target.width, plane.width, plane.step),
        y: axisTaps(0, image.height * density, target.height, plane.height, plane.stride),
      };
    }
    resamplePlane(plane, axes.x, axes.y, target.width, target.height, samples, row);
    const { data, offset, step } = target;
    const count = target.width * target.height;
    for (let k = 0, at = offset; k < count; k++, at += step) data[at] = samples[k] + 0.5;
  });
  return resized;
}
