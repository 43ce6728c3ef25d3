import type { Tensor } from '../contracts/inference.js';
import type { InputSpec } from '../models/input-spec.js';

/**
 * Largest {@link outputDrift} that counts as agreement of two execution providers: accelerators may compute in less
 * than 32 bits.
 */
export const PROVIDER_TOLERANCE = 0.01;

/**
 * A picture-like input for comparing providers: waves of all values from -1 to 1 in what the model's normalisation
 * makes of its darkest and its brightest pixel. The pictures of a batch differ.
 *
 * @returns a float32 tensor of `batch` pictures of the card's own size, in its layout.
 */
export function probeInput(input: InputSpec, batch = 1): Tensor {
  const channels = input.channels === 'gray' ? 1 : 3;
  const { width, height } = input;
  const dims = input.layout === 'nchw' ? [batch, channels, height, width] : [batch, height, width, channels];
  const one = channels * width * height;
  const [mean = 0] = [input.mean].flat();
  const [std = 1] = [input.std].flat();
  const [middle, half] = [(127.5 - mean) / std, 127.5 / std];
  const data = new Float32Array(batch * one);
  for (let i = 0; i < data.length; i++) {
    const at = (i % one) + 101 * Math.floor(i / one);
    data[i] = middle + half * Math.sin(at / 37) * Math.cos(at / 5003);
  }
  return { type: 'float32', dims, data };
}

/**
 * How far two sets of outputs are apart: the largest difference over all values, relative to the largest value of its
 * output. Infinity when they differ in shape or hold what is not finite.
 */
export function outputDrift(
  expected: Readonly<Record<string, Tensor>>,
  actual: Readonly<Record<string, Tensor>>,
): number {
  let drift = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    const other = actual[name]?.data;
    if (other === undefined || other.length !== data.length) return Infinity;
    let largest = 0;
    let difference = 0;
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [Number(data[i]), Number(other[i])];
      if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
      largest = Math.max(largest, Math.abs(a));
      difference = Math.max(difference, Math.abs(a - b));
    }
    drift = Math.max(drift, difference / Math.max(largest, 1e-6));
  }
  return drift;
}
