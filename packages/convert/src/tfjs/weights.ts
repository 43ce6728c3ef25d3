import { z } from 'zod';
import { ConversionError } from '../conversion-error.js';
import { fromFloat16 } from './float16.js';

const quantization = z.union([
  z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
]);

/** One weight of a TensorFlow.js weights manifest. */
export const weightEntrySchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  quantization: quantization.optional(),
});
export type WeightEntry = z.infer<typeof weightEntrySchema>;

/** A weights manifest: groups of weights that lie one after the other in the joined files of `paths`. */
export const weightsManifestSchema = z.array(
  z.object({ paths: z.array(z.string()), weights: z.array(weightEntrySchema) }),
);
export type WeightsManifest = z.infer<typeof weightsManifestSchema>;

export type WeightData =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

const BYTES_PER_ELEMENT = { float32: 4, int32: 4, bool: 1 } as const;
const BYTES_PER_QUANTIZED = { uint8: 1, uint16: 2, float16: 2 } as const;

/**
 * Reads weights from the joined bytes of a manifest group. Quantised weights are expanded the way TensorFlow.js does
 * it: `value * scale + min` for uint8 and uint16 (rounded for int32), IEEE half precision for float16. Bytes are
 * little-endian.
 *
 * @throws ConversionError MODEL_CORRUPT when the bytes are too short or too long for the entries.
 */
export function readWeights(entries: readonly WeightEntry[], bytes: Uint8Array): Map<string, WeightData> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const weights = new Map<string, WeightData>();
  let offset = 0;
  for (const entry of entries) {
    const { name, shape, dtype } = entry;
    if (dtype === 'string' || dtype === 'complex64') {
      throw new ConversionError(`weight ${name} has type ${dtype}, which no face model needs`);
    }
    const count = shape.reduce((product, size) => product * size, 1);
    const width =
      entry.quantization === undefined
        ? BYTES_PER_ELEMENT[dtype]
        : BYTES_PER_QUANTIZED[entry.quantization.dtype];
    if (offset + count * width > view.byteLength) {
      throw new ConversionError(`the weights end before ${name}: ${view.byteLength} bytes are too few`, {
        code: 'MODEL_CORRUPT',
        hint: 'The weight file is cut short or belongs to another manifest; fetch it again.',
      });
    }
    weights.set(name, expand(entry, dtype, count, elementReader(entry, dtype, view, offset)));
    offset += count * width;
  }
  if (offset !== view.byteLength) {
    throw new ConversionError(
      `the weight file has ${view.byteLength} bytes, the manifest describes ${offset}`,
      {
        code: 'MODEL_CORRUPT',
        hint: 'The weight file belongs to another manifest.',
      },
    );
  }
  return weights;
}

function elementReader(
  { quantization: how }: WeightEntry,
  dtype: 'float32' | 'int32' | 'bool',
  view: DataView,
  start: number,
): (index: number) => number {
  if (how === undefined) {
    if (dtype === 'float32') return (i) => view.getFloat32(start + i * 4, true);
    if (dtype === 'int32') return (i) => view.getInt32(start + i * 4, true);
    return (i) => view.getUint8(start + i);
  }
  if (how.dtype === 'float16') return (i) => fromFloat16(view.getUint16(start + i * 2, true));
  const { scale, min } = how;
  const stored =
    how.dtype === 'uint8'
      ? (i: number) => view.getUint8(start + i)
      : (i: number) => view.getUint16(start + i * 2, true);
  return dtype === 'int32' ? (i) => Math.round(stored(i) * scale + min) : (i) => stored(i) * scale + min;
}

function expand(
  { shape }: WeightEntry,
  dtype: 'float32' | 'int32' | 'bool',
  count: number,
  read: (index: number) => number,
): WeightData {
  const from = { length: count };
  if (dtype === 'float32') return { dtype, shape, data: Float32Array.from(from, (_, i) => read(i)) };
  if (dtype === 'int32') return { dtype, shape, data: Int32Array.from(from, (_, i) => read(i)) };
  return { dtype, shape, data: Uint8Array.from(from, (_, i) => (read(i) === 0 ? 0 : 1)) };
}
