import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { planesOf, yuvToRgbInPlace, type Plane } from './planes.js';

/** Samples along each axis that make one output sample at most: bounds the cost on large frames. */
const MAX_TAPS = 4;

/** Which source samples, with which weights, make each output sample along one axis. */
interface AxisTaps {
  readonly taps: number;
  /** `taps` distances from the first sample, in buffer elements, per output sample. */
  readonly at: Int32Array;
  /** For two taps: the weight of the second, the first having the rest. For more taps all weigh the same. */
  readonly weight: Float32Array;
}

/**
 * Taps along one axis. Enlarging and up to 2x reduction: linear interpolation between sample centres. Stronger
 * reduction: up to {@link MAX_TAPS} samples, one in each equal part of the output sample's footprint (a box filter),
 * alternately near the start and the end of the part, so that patterns of single rows or columns do not alias.
 * Positions beyond the edge repeat the edge sample.
 *
 * @param pitch distance between neighbouring samples in buffer elements
 */
function axisTaps(start: number, length: number, outputs: number, samples: number, pitch: number): AxisTaps {
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
  return { taps, at, weight };
}

/** One source row resampled to the output width. */
function resampleRow(data: Uint8Array, base: number, x: AxisTaps, width: number, row: Float32Array): void {
  const { taps, at, weight } = x;
  if (taps === 2) {
    for (let o = 0, k = 0; o < width; o++, k += 2) {
      const first = data[base + at[k]];
      row[o] = first + (data[base + at[k + 1]] - first) * weight[o];
    }
  } else if (taps === 3) {
    for (let o = 0, k = 0; o < width; o++, k += 3) {
      row[o] = (data[base + at[k]] + data[base + at[k + 1]] + data[base + at[k + 2]]) * (1 / 3);
    }
  } else {
    for (let o = 0, k = 0; o < width; o++, k += 4) {
      row[o] =
        (data[base + at[k]] + data[base + at[k + 1]] + data[base + at[k + 2]] + data[base + at[k + 3]]) *
        0.25;
    }
  }
}

/** Resamples one plane: the source rows that an output row needs are resampled and summed up by their weights. */
function resamplePlane(
  plane: Plane,
  x: AxisTaps,
  y: AxisTaps,
  width: number,
  height: number,
  out: Float32Array,
  row: Float32Array,
): void {
  const { data, offset } = plane;
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
    const from = region ?? { x: 0, y: 0, width: image.width, height: image.height };
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
    const planes = planesOf(image);
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
    if (image.format === 'gray8') return { red, green: red, blue: red };
    if (image.format === 'yuv420p') yuvToRgbInPlace(red, green, blue, count, image.color);
    return this.#planes;
  }
}
