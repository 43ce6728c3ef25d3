import type { Box } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';

/** Bins: brightness in 4 steps for what has no colour, 8 hues in 2 brightnesses for what has. */
const GREYS = 4;
const HUES = 8;
const BINS = GREYS + 2 * HUES;
/** Samples along each side of the patch. */
const SAMPLES = 16;
/** Colours paler than this have no hue to go by. */
const PALE = 0.18;

/**
 * What somebody wears, as the colours of a patch below the face, one and a half faces wide (hue is steadier than
 * brightness; Swain and Ballard, "Color indexing", IJCV 1991).
 * @param box the face, pixels.
 * @returns a histogram that sums to 1; undefined where less than half of the patch is in the picture.
 */
export function clothesBelow(image: Image, { x, y, width, height }: Box): Float32Array | undefined {
  const [left, top] = [x - 0.25 * width, y + 1.35 * height];
  const [across, down] = [1.5 * width, 1.0 * height];
  const bins = new Float32Array(BINS);
  let seen = 0;
  for (let j = 0; j < SAMPLES; j++) {
    const py = Math.round(top + ((j + 0.5) / SAMPLES) * down);
    if (py < 0 || py >= image.height) continue;
    for (let i = 0; i < SAMPLES; i++) {
      const px = Math.round(left + ((i + 0.5) / SAMPLES) * across);
      if (px < 0 || px >= image.width) continue;
      seen++;
      bins[binOf(...colourAt(image, px, py))]++;
    }
  }
  if (seen < (SAMPLES * SAMPLES) / 2) return undefined;
  for (let i = 0; i < BINS; i++) bins[i] /= seen;
  return bins;
}

/** Bhattacharyya coefficient of two histograms of any sums, 0..1. */
export function similarityOfClothes(a: Float32Array, b: Float32Array): number {
  let [sum, sumA, sumB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    sum += Math.sqrt(a[i] * b[i]);
    sumA += a[i];
    sumB += b[i];
  }
  return sumA === 0 || sumB === 0 ? 0 : sum / Math.sqrt(sumA * sumB);
}

/** Red, green and blue in 0..1; of YUV by BT.601, full accuracy of colour does not matter here. */
function colourAt({ format, width, height, data }: Image, x: number, y: number): [number, number, number] {
  if (format === 'yuv420p') {
    const half = Math.ceil(width / 2);
    const at = width * height + (y >> 1) * half + (x >> 1);
    const luma = (data[y * width + x] - 16) / 219;
    const cb = (data[at] - 128) / 224;
    const cr = (data[at + half * Math.ceil(height / 2)] - 128) / 224;
    return [luma + 1.402 * cr, luma - 0.344 * cb - 0.714 * cr, luma + 1.772 * cb];
  }
  const step = format === 'rgb24' ? 3 : format === 'rgba32' ? 4 : 1;
  const at = (y * width + x) * step;
  return step === 1
    ? [data[at] / 255, data[at] / 255, data[at] / 255]
    : [data[at] / 255, data[at + 1] / 255, data[at + 2] / 255];
}

function binOf(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  const chroma = most - Math.min(red, green, blue);
  if (chroma < PALE * Math.max(most, 0.25)) return Math.min(Math.max(Math.floor(most * GREYS), 0), GREYS - 1);
  const sixth =
    most === red
      ? (green - blue) / chroma
      : most === green
        ? 2 + (blue - red) / chroma
        : 4 + (red - green) / chroma;
  const hue = Math.floor((((sixth + 6) % 6) / 6) * HUES) % HUES;
  return GREYS + (most > 0.5 ? HUES : 0) + hue;
}
