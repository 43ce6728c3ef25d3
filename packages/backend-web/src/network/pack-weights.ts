import { depthOf } from './values.js';
import type { NetworkKernel } from './network-kernel.js';

/** Weights of a layer in the kernel's memory, as addresses. */
export interface PackedWeights {
  readonly weights: number;
  readonly units: number;
  /** Values of a row. */
  readonly length: number;
  /** Channels that come out, as they are kept. */
  readonly depth: number;
}

/**
 * Rows hold whole numbers up to 8191. So no sum of products is beyond 31 bits as long as the sizes of a channel's weights
 * sum up to no more than this.
 */
const MOST_SUM = Math.floor((2 ** 31 - 1) / 8191);
const MOST = 32767;

/**
 * Weights as 16-bit whole numbers, those of each channel that comes out scaled as far as sums allow: 1e-4 of the largest
 * weight and better for the sums of some hundred values that networks have.
 *
 * @param length values of a row, a multiple of 8
 * @param channels that come out
 * @param weight of a row's value `index` for a channel
 */
export function packWeights(
  kernel: NetworkKernel,
  length: number,
  channels: number,
  weight: (index: number, channel: number) => number,
): PackedWeights {
  const depth = depthOf(channels);
  const weights = kernel.allocate(length * depth * 2);
  const units = kernel.allocate(depth * 4);
  const shorts = kernel.shorts(weights, length * depth);
  const each = kernel.floats(units, depth);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let most = 0;
    for (let i = 0; i < length; i++) {
      const size = Math.abs(weight(i, channel));
      sum += size;
      most = Math.max(most, size);
    }
    // Rounding adds at most a half to each.
    const factor = most === 0 ? 0 : Math.min((MOST_SUM - length) / sum, MOST / most);
    if (!Number.isFinite(factor)) continue;
    each[channel] = factor === 0 ? 0 : 1 / factor;
    const block = (channel - (channel % 8)) * length;
    for (let i = 0; i < length; i++) {
      // For each eight channels, for each two values of a row, two for each channel.
      shorts[block + (i - (i % 2)) * 8 + (channel % 8) * 2 + (i % 2)] = Math.round(
        weight(i, channel) * factor,
      );
    }
  }
  return { weights, units, length, depth };
}
