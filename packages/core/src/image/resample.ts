import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import {
  planesOf,
  planesOfPart,
  yuvCoefficients,
  yuvToRgbInPlace,
  type Plane,
  type YuvCoefficients,
} from './planes.js';

/** Samples along each axis that make one output sample at most: bounds the cost on large frames. */
const MAX_TAPS = 4;

/** Which source samples, with which weights, make each output sample along one axis. */
export interface AxisTaps {
  readonly taps: number;
  /** `taps` distances from the first sample, in buffer elements, per output sample. */
  readonly at: Int32Array;
  /** For two taps: the weight of the second, the first having the rest. For more taps all weigh the same. */
  readonly weight: Float32Array;
  /** True when every output sample lies on a source sample: two taps, the second of weight 0. */
  readonly onSamples: boolean;
}

/**
 * Taps along one axis. Enlarging and up to 2x reduction: linear interpolation between sample centres. Stronger
 * reduction: up to {@link MAX_TAPS} samples, one in each equal part of the output sample's footprint (a box filter),
 * alternately near the start and the end of the part, so that patterns of single rows or columns do not alias.
 * Positions beyond the edge repeat the edge sample.
 *
 * @param pitch distance between neighbouring samples in buffer elements
 */
export function axisTaps(
  start: number,
  length: number,
  outputs: number,
  samples: number,
  pitch: number,
): AxisTaps {
  const ratio = length / outputs;
  const taps = ratio <= 2 ? 2 : Math.min(MAX_TAPS, Math.ceil(ratio));
  const at = new Int32Array(outputs * taps);
  const weight = new Float32Array(outputs);
  const last = samples - 1;
  const clamped = (index: number): number => Math.min(Math.max(index, 0), last) * pitch;
  for (let o = 0; o < outputs; o++) {
    if (ratio <= 2) {
      const position = start + (o + 0.5) * ratio - 0.5;
      const floor = Math.floor(position);
      weight[o] = position - floor;
      at[o * 2] = clamped(floor);
      at[o * 2 + 1] = clamped(floor + 1);
    } else {
      for (let t = 0; t < taps; t++) {
        const part = t + (t % 2 === 0 ? 0.25 : 0.75);
        at[o * taps + t] = clamped(Math.floor(start + (o + part / taps) * ratio));
      }
    }
  }
  return { taps, at, weight, onSamples: taps === 2 && weight.every((value) => value === 0) };
}

/** One source row resampled to the output width. */
function resampleRow(data: Uint8Array, base: number, x: AxisTaps, width: number, row: Float32Array): void {
  const { taps, at, weight } = x;
  for (let o = 0, k = 0; o < width; o++) {
    if (taps === 2) {
      const first = data[base + at[k]];
      row[o] = first + (data[base + at[k + 1]] - first) * weight[o];
      k += 2;
    } else {
      let sum = 0;
      for (const end = k + taps; k < end; k++) sum += data[base + at[k]];
      row[o] = sum / taps;
    }
  }
}

/** Any mixture of taps: the source rows that an output row needs are resampled and summed up by their weights. */
function resampleRows(
  { data, offset }: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
  row: Float32Array,
): void {
  for (let oy = 0; oy < height; oy++) {
    const target = oy * width;
    for (let t = 0; t < y.taps; t++) {
      const weight = y.taps > 2 ? 1 / y.taps : t === 0 ? 1 - y.weight[oy] : y.weight[oy];
      if (weight === 0) continue;
      resampleRow(data, offset + y.at[oy * y.taps + t], x, width, row);
      if (t === 0) for (let o = 0; o < width; o++) out[target + o] = row[o] * weight;
      else for (let o = 0; o < width; o++) out[target + o] += row[o] * weight;
    }
  }
}

// The usual mixtures, several times as fast: everything in one pass, without a row in between.

/** Output samples that lie on source samples. */
function copySamples(
  { data, offset }: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
): void {
  for (let oy = 0, i = 0; oy < height; oy++) {
    const base = offset + y.at[oy * 2];
    for (let o = 0; o < width; o++, i++) out[i] = data[base + x.at[o * 2]];
  }
}

function resampleBilinear(
  { data, offset }: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
): void {
  const { at, weight } = x;
  for (let oy = 0, i = 0; oy < height; oy++) {
    const top = offset + y.at[oy * 2];
    const bottom = offset + y.at[oy * 2 + 1];
    const fy = y.weight[oy];
    for (let o = 0; o < width; o++, i++) {
      const left = at[o * 2];
      const right = at[o * 2 + 1];
      const fx = weight[o];
      const a = data[top + left];
      const b = data[bottom + left];
      const upper = a + (data[top + right] - a) * fx;
      const lower = b + (data[bottom + right] - b) * fx;
      out[i] = upper + (lower - upper) * fy;
    }
  }
}

function average3x3(
  { data, offset }: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
): void {
  const { at } = x;
  for (let oy = 0, i = 0; oy < height; oy++) {
    const r0 = offset + y.at[oy * 3];
    const r1 = offset + y.at[oy * 3 + 1];
    const r2 = offset + y.at[oy * 3 + 2];
    for (let k = 0; k < width * 3; k += 3, i++) {
      const a = at[k];
      const b = at[k + 1];
      const c = at[k + 2];
      const sum =
        data[r0 + a] +
        data[r0 + b] +
        data[r0 + c] +
        data[r1 + a] +
        data[r1 + b] +
        data[r1 + c] +
        data[r2 + a] +
        data[r2 + b] +
        data[r2 + c];
      out[i] = sum * (1 / 9);
    }
  }
}

function average4x4(
  { data, offset }: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
): void {
  const { at } = x;
  for (let oy = 0, i = 0; oy < height; oy++) {
    const r0 = offset + y.at[oy * 4];
    const r1 = offset + y.at[oy * 4 + 1];
    const r2 = offset + y.at[oy * 4 + 2];
    const r3 = offset + y.at[oy * 4 + 3];
    for (let k = 0; k < width * 4; k += 4, i++) {
      const a = at[k];
      const b = at[k + 1];
      const c = at[k + 2];
      const d = at[k + 3];
      const upper =
        data[r0 + a] +
        data[r0 + b] +
        data[r0 + c] +
        data[r0 + d] +
        data[r1 + a] +
        data[r1 + b] +
        data[r1 + c] +
        data[r1 + d];
      const lower =
        data[r2 + a] +
        data[r2 + b] +
        data[r2 + c] +
        data[r2 + d] +
        data[r3 + a] +
        data[r3 + b] +
        data[r3 + c] +
        data[r3 + d];
      out[i] = (upper + lower) * (1 / 16);
    }
  }
}

function resamplePlane(
  plane: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
  row: Float32Array,
): void {
  if (x.taps === 4 && y.taps === 4) average4x4(plane, x, y, width, height, out);
  else if (x.taps === 3 && y.taps === 3) average3x3(plane, x, y, width, height, out);
  else if (x.onSamples && y.onSamples) copySamples(plane, x, y, width, height, out);
  else if (x.taps === 2 && y.taps === 2) resampleBilinear(plane, x, y, width, height, out);
  else resampleRows(plane, x, y, width, height, out, row);
}

/** Three float planes of one size as they are stored, values 0..255: Y, U, V or R, G, B. */
export interface SampledPlanes {
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
  /** Set when the planes are Y, U, V. */
  readonly yuv: YuvCoefficients | undefined;
}

/** Three float planes of one size, values 0..255. */
export interface RgbPlanes {
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
}

/**
 * Resamples regions of images of any format to RGB float planes. Holds scratch memory, so one instance serves one
 * thread of execution; the planes that it returns are overwritten by the next call.
 */
export class Resampler {
  #planes: RgbPlanes = { red: new Float32Array(0), green: new Float32Array(0), blue: new Float32Array(0) };
  #row = new Float32Array(0);

  /**
   * @param region in image pixels with the pixel (0,0) covering [0,1)x[0,1); may reach outside, where the edge
   * pixels are repeated. Default: the whole image.
   * @param width size of the result in pixels
   * @returns planes of width*height values, 0..255. A grey image gives three equal planes (the same array).
   */
  resample(image: Image, width: number, height: number, region?: Box): RgbPlanes {
    const {
      planes: [red, green, blue],
      yuv,
    } = this.sample(image, width, height, region);
    if (yuv) yuvToRgbInPlace(red, green, blue, width * height, yuv);
    return { red, green, blue };
  }

  /**
   * Like {@link resample}, with YUV left as it is, for who converts it on the way.
   * @param part all there is of the image: `region` counts from its corner, and its edges are the edges.
   */
  sample(image: Image, width: number, height: number, region?: Box, part?: Box): SampledPlanes {
    const { width: wholeWidth, height: wholeHeight } = part ?? image;
    const from = region ?? { x: 0, y: 0, width: wholeWidth, height: wholeHeight };
    const count = width * height;
    if (this.#planes.red.length < count) {
      this.#planes = {
        red: new Float32Array(count),
        green: new Float32Array(count),
        blue: new Float32Array(count),
      };
    }
    if (this.#row.length < width) this.#row = new Float32Array(width);
    const targets = [this.#planes.red, this.#planes.green, this.#planes.blue];
    const planes = part === undefined ? planesOf(image) : planesOfPart(image, part);
    let axes: { density: number; x: AxisTaps; y: AxisTaps } | undefined;
    planes.forEach((plane, i) => {
      if (axes?.density !== plane.density) {
        axes = {
          density: plane.density,
          x: axisTaps(from.x * plane.density, from.width * plane.density, width, plane.width, plane.step),
          y: axisTaps(
            from.y * plane.density,
            from.height * plane.density,
            height,
            plane.height,
            plane.stride,
          ),
        };
      }
      resamplePlane(plane, axes.x, axes.y, width, height, targets[i], this.#row);
    });
    const { red, green, blue } = this.#planes;
    return {
      planes: image.format === 'gray8' ? [red, red, red] : [red, green, blue],
      yuv: image.format === 'yuv420p' ? yuvCoefficients(image.color) : undefined,
    };
  }
}
