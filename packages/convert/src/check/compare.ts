import type { FloatArray } from './run-onnx.js';

/** How far two tensors are apart. */
export interface Difference {
  /** Largest absolute difference of two elements; Infinity when shapes differ or a value is not finite. */
  readonly maxAbs: number;
  /** Cosine of the angle between the two, taken as vectors. */
  readonly cosine: number;
  /** Largest absolute value of the reference, to judge `maxAbs` by. */
  readonly scale: number;
}

export function difference(reference: FloatArray, other: FloatArray): Difference {
  const a = reference.data;
  const b = other.data;
  if (reference.dims.join() !== other.dims.join() || a.length !== b.length) {
    return { maxAbs: Infinity, cosine: Number.NaN, scale: Number.NaN };
  }
  let maxAbs = 0;
  let dot = 0;
  let aa = 0;
  let bb = 0;
  let scale = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? Number.NaN;
    const y = b[i] ?? Number.NaN;
    const apart = Math.abs(x - y);
    if (!(apart <= maxAbs)) maxAbs = Number.isFinite(apart) ? apart : Infinity;
    dot += x * y;
    aa += x * x;
    bb += y * y;
    scale = Math.max(scale, Math.abs(x));
  }
  const cosine = aa === 0 && bb === 0 ? 1 : dot / Math.sqrt(aa * bb);
  return { maxAbs, cosine, scale };
}

/** Numbers in [low, high) from a seed: the same on every run and machine (mulberry32). */
export function seededNumbers(seed: number, length: number, low = -1, high = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) / 4294967296) * (high - low);
  });
}
