import { ConversionError } from '../conversion-error.js';
import type { Filter } from '../build/layers.js';
import type { WeightData } from '../tfjs/weights.js';

/** Looks weights up by name, checks their shape, and notes which were used. */
export class WeightsReader {
  readonly #weights: ReadonlyMap<string, WeightData>;
  readonly #used = new Set<string>();

  constructor(weights: ReadonlyMap<string, WeightData>) {
    this.#weights = weights;
  }

  /** @param rank Number of dimensions that the weight must have. */
  floats(name: string, rank: number): { readonly dims: readonly number[]; readonly data: Float32Array } {
    const weight = this.#weights.get(name);
    if (weight === undefined || weight.dtype !== 'float32' || weight.shape.length !== rank) {
      throw new ConversionError(`the weights hold no ${name} with ${rank} dimensions`, {
        code: 'MODEL_CORRUPT',
        hint: 'The weights belong to another architecture; name the right one.',
      });
    }
    this.#used.add(name);
    return { dims: weight.shape, data: weight.data };
  }

  vector(name: string): Float32Array {
    return this.floats(name, 1).data;
  }

  filter(name: string): Filter {
    const { dims, data } = this.floats(name, 4);
    const [h = 0, w = 0, i = 0, o = 0] = dims;
    return { dims: [h, w, i, o], data };
  }

  /** @throws ConversionError when float weights were left over: the architecture is then not theirs. */
  finish(): void {
    const left = [...this.#weights].filter(
      ([name, { dtype, shape }]) => dtype === 'float32' && shape.length > 0 && !this.#used.has(name),
    );
    if (left.length === 0) return;
    throw new ConversionError(`weights were left over: ${left.map(([name]) => name).join(', ')}`, {
      code: 'MODEL_CORRUPT',
      hint: 'The weights belong to another architecture; name the right one.',
    });
  }
}
