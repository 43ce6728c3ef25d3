import { compareBatch, type SampleShapes } from './batch.js';
import { readModel } from '../onnx/codec.js';
import { dimsOf, feedsOf } from '../onnx/node.js';
import { ConversionError } from '../conversion-error.js';

/** Side taken for inputs whose height and width are free. */
const FREE_SIDE = 320;

/** Shapes of one sample for every graph input. */
export function sampleShapes(bytes: Uint8Array): SampleShapes {
  return Object.fromEntries(
    feedsOf(readModel(bytes).graph).map((input) => [
      input.name,
      (dimsOf(input) ?? []).slice(1).map((dim) => (typeof dim === 'number' && dim > 0 ? dim : FREE_SIDE)),
    ]),
  );
}

/**
 * Runs three samples one by one and together, and compares.
 *
 * @returns The largest absolute difference, relative to the largest value.
 * @throws ConversionError when it is above `tolerance`.
 */
export async function verifyBatch(
  original: Uint8Array,
  batched: Uint8Array,
  tolerance = 1e-5,
): Promise<number> {
  const found = await compareBatch(original, batched, sampleShapes(original), 3);
  let worst = 0;
  for (const [name, { maxAbs, scale }] of Object.entries(found)) {
    const relative = maxAbs / Math.max(scale, 1);
    if (!(relative <= tolerance)) {
      throw new ConversionError(`output ${name}: in a batch it differs by ${maxAbs} from one by one`, {
        code: 'INTERNAL',
        hint: 'Use the model with its fixed batch, and please report it.',
      });
    }
    worst = Math.max(worst, relative);
  }
  return worst;
}
