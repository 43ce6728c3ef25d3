import { imageByteLength, type Image } from '../contracts/image.js';
import type { InputSpec } from '../models/input-spec.js';
import { planesOf } from './planes.js';
import { Resampler } from './resample.js';
import { regionToInput } from './to-tensor.js';

const AS_STORED = { mean: [0, 0, 0], std: [1, 1, 1] };

/**
 * An image of another size, in its own format, filtered as model inputs are; planes each by themselves, alpha opaque.
 * @param width of the result in pixels, >= 1
 * @returns the image itself where it has that size.
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image;
  const data = new Uint8Array(imageByteLength(image.format, width, height));
  const resized: Image = { ...image, width, height, data };
  if (image.format === 'rgba32') data.fill(255);
  const targets = planesOf(resized);
  const interleaved = targets[0].step > 1;
  const resampler = new Resampler();
  const values = new Float32Array(width * height * (interleaved ? 3 : 1));
  planesOf(image).forEach((plane, i) => {
    if (interleaved && i > 0) return;
    const target = targets[i];
    const input: InputSpec = {
      ...AS_STORED,
      layout: 'nhwc',
      channels: interleaved ? 'rgb' : 'gray',
      width: target.width,
      height: target.height,
    };
    const region = {
      x: 0,
      y: 0,
      width: image.width * plane.density,
      height: image.height * plane.density,
    };
    const source: Image = interleaved
      ? image
      : { format: 'gray8', width: plane.width, height: plane.height, data: bytesOf(plane) };
    regionToInput(resampler, source, region, input, values);
    const count = target.width * target.height;
    if (interleaved) {
      for (let k = 0, from = 0, at = 0; k < count; k++, from += 3, at += target.step) {
        for (let c = 0; c < 3; c++) data[at + c] = values[from + c] + 0.5;
      }
    } else {
      for (let k = 0, at = target.offset; k < count; k++, at++) data[at] = values[k] + 0.5;
    }
  });
  return resized;
}

function bytesOf({ data, offset, stride, height }: ReturnType<typeof planesOf>[number]): Uint8Array {
  return data.subarray(offset, offset + stride * height);
}
