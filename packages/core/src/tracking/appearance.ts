import { dotProduct } from '../identity/distance.js';

/** New pictures always keep some say: the weight of all before counts as no more than this. */
const LONGEST_MEMORY = 8;

/**
 * What a track's face looks like: the quality-weighted mean of its embeddings.
 *
 * Weights saturate, so that the mean becomes an exponential one (as the moving average of Deep OC-SORT; Maggiolino
 * et al., 2023, where the detection's confidence plays the part of quality here) and follows a slow change.
 */
export class Appearance {
  #sum: Float32Array | undefined;
  #weight = 0;

  get known(): boolean {
    return this.#sum !== undefined;
  }

  /** Summed weight of the pictures it was made of, as far as it is remembered. */
  get weight(): number {
    return this.#weight;
  }

  /** @returns cosine similarity to the mean, -1..1; undefined when nothing is known. */
  similarity(embedding: Float32Array): number | undefined {
    if (this.#sum === undefined) return undefined;
    const length = Math.sqrt(dotProduct(this.#sum, this.#sum));
    return length === 0 ? undefined : dotProduct(this.#sum, embedding) / length;
  }

  similarityTo(other: Appearance): number | undefined {
    if (other.#sum === undefined) return undefined;
    const similarity = this.similarity(other.#sum);
    const length = Math.sqrt(dotProduct(other.#sum, other.#sum));
    return similarity === undefined || length === 0 ? undefined : similarity / length;
  }

  /** @param quality weight of the picture, > 0. */
  add(embedding: Float32Array, quality: number): void {
    this.#blend(embedding, quality);
  }

  merge(other: Appearance): void {
    if (other.#sum !== undefined) this.#blend(other.#sum, 1, other.#weight);
  }

  #blend(vector: Float32Array, factor: number, weight = factor): void {
    this.#sum ??= new Float32Array(vector.length);
    const keep = this.#weight > LONGEST_MEMORY ? LONGEST_MEMORY / this.#weight : 1;
    for (let i = 0; i < vector.length; i++) this.#sum[i] = keep * this.#sum[i] + factor * vector[i];
    this.#weight = keep * this.#weight + weight;
  }
}

/**
 * Adaptive weights of appearance (Deep OC-SORT; Maggiolino et al., 2023): a similarity counts for more where the
 * best candidate stands out from the second-best, along its row and along its column.
 *
 * @param similarities row-major, NaN where unknown.
 * @param base weight of every known similarity.
 * @param cap greatest boost.
 * @returns weights of the same shape; 0 where the similarity is unknown.
 */
export function adaptiveWeights(
  similarities: Float64Array,
  rows: number,
  columns: number,
  base: number,
  cap: number,
): Float64Array {
  const boost = (start: number, step: number, count: number): number => {
    let first = NaN;
    let second = NaN;
    for (let k = 0; k < count; k++) {
      const value = similarities[start + k * step];
      if (Number.isNaN(value)) continue;
      if (!(value <= first)) [first, second] = [value, first];
      else if (!(value <= second)) second = value;
    }
    return Number.isNaN(second) ? 0 : Math.min(first - second, cap);
  };
  const rowBoost = Array.from({ length: rows }, (_, row) => boost(row * columns, 1, columns));
  const columnBoost = Array.from({ length: columns }, (_, column) => boost(column, columns, rows));
  return similarities.map((value, k) =>
    Number.isNaN(value) ? 0 : base + (rowBoost[Math.floor(k / columns)] + columnBoost[k % columns]) / 2,
  );
}
