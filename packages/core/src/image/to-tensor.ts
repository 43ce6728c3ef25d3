import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { letterbox, type Letterbox } from '../geometry/letterbox.js';
import type { InputSpec } from '../models/card.js';
import type { Resampler, RgbPlanes } from './resample.js';

/** Values that one picture occupies in the input tensor. */
export function inputLength(input: InputSpec, width = input.width, height = input.height): number {
  return width * height * (input.channels === 'gray' ? 1 : 3);
}

/**
 * Writes resampled planes of `contentWidth` x `contentHeight` into the top-left corner of one picture's part of an
 * input tensor, normalised as the card says, and fills the rest with the padding value.
 */
function writePlanes(
  planes: RgbPlanes,
  contentWidth: number,
  contentHeight: number,
  input: InputSpec,
  width: number,
  height: number,
  out: Float32Array,
  offset: number,
): void {
  const { red, green, blue } = planes;
  const channels = input.channels === 'gray' ? 1 : 3;
  const order = input.channels === 'bgr' ? [blue, green, red] : [red, green, blue];
  const planar = input.layout === 'nchw';
  const padded = contentWidth < width || contentHeight < height;
  for (let c = 0; c < channels; c++) {
    const scale = 1 / input.std[c];
    const shift = -input.mean[c] * scale;
    const step = planar ? 1 : channels;
    const base = planar ? offset + c * width * height : offset + c;
    if (padded) {
      const value = (input.padding ?? 0) * scale + shift;
      for (let i = 0, at = base; i < width * height; i++, at += step) out[at] = value;
    }
    const source = order[c];
    for (let y = 0; y < contentHeight; y++) {
      let from = y * contentWidth;
      let at = base + y * width * step;
      if (input.channels === 'gray') {
        for (let x = 0; x < contentWidth; x++, from++, at += step) {
          out[at] = (0.299 * red[from] + 0.587 * green[from] + 0.114 * blue[from]) * scale + shift;
        }
      } else {
        for (let x = 0; x < contentWidth; x++, from++, at += step) out[at] = source[from] * scale + shift;
      }
    }
  }
}

/**
 * Fits a whole picture into a model input of `width` x `height` (default: the card's size).
 *
 * @param out receives {@link inputLength} values from `offset` on.
 * @returns the geometry that maps the model's coordinates back.
 */
export function imageToInput(
  resampler: Resampler,
  image: Image,
  input: InputSpec,
  out: Float32Array,
  offset = 0,
  width = input.width,
  height = input.height,
): Letterbox {
  const fit = letterbox(image.width, image.height, width, height, input.fit);
  const planes = resampler.resample(image, fit.contentWidth, fit.contentHeight);
  writePlanes(planes, fit.contentWidth, fit.contentHeight, input, width, height, out, offset);
  return fit;
}

/** Stretches a region of a picture over a model input of the card's size. */
export function regionToInput(
  resampler: Resampler,
  image: Image,
  region: Box,
  input: InputSpec,
  out: Float32Array,
  offset = 0,
): void {
  const planes = resampler.resample(image, input.width, input.height, region);
  writePlanes(planes, input.width, input.height, input, input.width, input.height, out, offset);
}
