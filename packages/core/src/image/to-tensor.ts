import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { letterbox, type Letterbox } from '../geometry/letterbox.js';
import type { InputSpec } from '../models/input-spec.js';
import { pixelKernel, type PixelKernel } from './kernel/pixel-kernel.js';
import { tensorByKernel } from './kernel/tensor-job.js';
import { yuvToRgbInPlace, type YuvCoefficients } from './planes.js';
import type { Resampler, SampledPlanes } from './resample.js';

/** Values that one picture occupies in the input tensor. */
export function inputLength(input: InputSpec, width = input.width, height = input.height): number {
  return width * height * (input.channels === 'gray' ? 1 : 3);
}

/** Where, and how, one picture's part of an input tensor is written. */
interface Target {
  readonly input: InputSpec;
  readonly width: number;
  readonly height: number;
  readonly out: Float32Array;
  readonly offset: number;
}

/**
 * Writes resampled planes of `contentWidth` x `contentHeight` into the top-left corner of one picture's part of an
 * input tensor, normalised as the card says, and fills the rest with the padding value.
 */
function writePlanes(
  { planes, yuv }: SampledPlanes,
  contentWidth: number,
  contentHeight: number,
  target: Target,
): void {
  const { input } = target;
  writePadding(contentWidth, contentHeight, target);
  if (yuv && input.channels !== 'gray') {
    writeYuv(planes, yuv, contentWidth, contentHeight, target);
    return;
  }
  const [red, green, blue] = planes;
  if (yuv) yuvToRgbInPlace(red, green, blue, contentWidth * contentHeight, yuv);
  if (input.channels === 'gray') writeLuma(planes, contentWidth, contentHeight, target);
  else writeRgb(planes, contentWidth, contentHeight, target);
}

/** Index of a channel's first value, and the distance between neighbouring pixels. */
function channelAt(channel: number, { input, width, height, offset }: Target): readonly [number, number] {
  if (input.layout === 'nchw') return [offset + channel * width * height, 1];
  return [offset + channel, input.channels === 'gray' ? 1 : 3];
}

function writePadding(contentWidth: number, contentHeight: number, target: Target): void {
  const { input, width, height, out } = target;
  if (contentWidth === width && contentHeight === height) return;
  const channels = input.channels === 'gray' ? 1 : 3;
  for (let c = 0; c < channels; c++) {
    const value = ((input.padding ?? 0) - input.mean[c]) / input.std[c];
    const [base, step] = channelAt(c, target);
    for (let y = 0; y < height; y++) {
      let x = y < contentHeight ? contentWidth : 0;
      for (let at = base + (y * width + x) * step; x < width; x++, at += step) out[at] = value;
    }
  }
}

function writeRgb(
  planes: SampledPlanes['planes'],
  contentWidth: number,
  contentHeight: number,
  target: Target,
): void {
  const { input, width, out } = target;
  for (let c = 0; c < 3; c++) {
    const source = planes[input.channels === 'bgr' ? 2 - c : c];
    const scale = 1 / input.std[c];
    const shift = -input.mean[c] * scale;
    const [base, step] = channelAt(c, target);
    for (let y = 0, from = 0; y < contentHeight; y++) {
      let at = base + y * width * step;
      for (let x = 0; x < contentWidth; x++, from++, at += step) out[at] = source[from] * scale + shift;
    }
  }
}

function writeLuma(
  [red, green, blue]: SampledPlanes['planes'],
  contentWidth: number,
  contentHeight: number,
  target: Target,
): void {
  const { input, width, out } = target;
  const scale = 1 / input.std[0];
  const shift = -input.mean[0] * scale;
  const [base] = channelAt(0, target);
  for (let y = 0, from = 0; y < contentHeight; y++) {
    let at = base + y * width;
    for (let x = 0; x < contentWidth; x++, from++, at++) {
      out[at] = (0.299 * red[from] + 0.587 * green[from] + 0.114 * blue[from]) * scale + shift;
    }
  }
}

/** Conversion to RGB, normalisation and transposition in one pass. */
function writeYuv(
  [luma, cb, cr]: SampledPlanes['planes'],
  k: YuvCoefficients,
  contentWidth: number,
  contentHeight: number,
  target: Target,
): void {
  const { input, width, out } = target;
  const [r, g, b] = input.channels === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const [redBase, step] = channelAt(r, target);
  const [greenBase] = channelAt(g, target);
  const [blueBase] = channelAt(b, target);
  const redScale = 1 / input.std[r];
  const greenScale = 1 / input.std[g];
  const blueScale = 1 / input.std[b];
  const redShift = -input.mean[r] * redScale;
  const greenShift = -input.mean[g] * greenScale;
  const blueShift = -input.mean[b] * blueScale;
  const { yOffset, y: yScale, rv, gu, gv, bu } = k;
  for (let y = 0, from = 0; y < contentHeight; y++) {
    let at = y * width * step;
    for (let x = 0; x < contentWidth; x++, from++, at += step) {
      const light = (luma[from] - yOffset) * yScale;
      const u = cb[from] - 128;
      const v = cr[from] - 128;
      const red = light + rv * v;
      const green = light + gu * u + gv * v;
      const blue = light + bu * u;
      out[redBase + at] = (red < 0 ? 0 : red > 255 ? 255 : red) * redScale + redShift;
      out[greenBase + at] = (green < 0 ? 0 : green > 255 ? 255 : green) * greenScale + greenShift;
      out[blueBase + at] = (blue < 0 ? 0 : blue > 255 ? 255 : blue) * blueScale + blueShift;
    }
  }
}

/**
 * Fits a whole picture into a model input of `width` x `height` (default: the card's size).
 *
 * @param part of the picture that is seen instead of all of it, as `wholePixels` gives it.
 * @param out receives {@link inputLength} values from `offset` on.
 * @param kernel null for plain JavaScript.
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
  part?: Box,
  kernel: PixelKernel | null = pixelKernel(),
): Letterbox {
  const seen = part ?? image;
  const fit = letterbox(seen.width, seen.height, width, height, input.fit);
  const { contentWidth, contentHeight } = fit;
  const region = { x: 0, y: 0, width: seen.width, height: seen.height };
  const task = { image, region, part, input, contentWidth, contentHeight, width, height };
  if (kernel === null || !tensorByKernel(kernel, task, out, offset)) {
    const sampled = resampler.sample(image, contentWidth, contentHeight, undefined, part);
    writePlanes(sampled, contentWidth, contentHeight, { input, width, height, out, offset });
  }
  return fit;
}

/** Stretches a region of a picture over a model input of the card's size. @param kernel as for {@link imageToInput} */
export function regionToInput(
  resampler: Resampler,
  image: Image,
  region: Box,
  input: InputSpec,
  out: Float32Array,
  offset = 0,
  kernel: PixelKernel | null = pixelKernel(),
): void {
  const { width, height } = input;
  const task = {
    image,
    region,
    part: undefined,
    input,
    contentWidth: width,
    contentHeight: height,
    width,
    height,
  };
  if (kernel !== null && tensorByKernel(kernel, task, out, offset)) return;
  const sampled = resampler.sample(image, width, height, region);
  writePlanes(sampled, width, height, { input, width, height, out, offset });
}
