import { dotProduct, l2Normalize } from './distance.js';

export interface StrangerBookOptions {
  /** Cosine similarity from which two faces count as one stranger. */
  readonly threshold: number;
  /** Strangers remembered; beyond it the one not seen for longest is forgotten. Default 1000. */
  readonly capacity?: number;
  /** First part of the labels. Default `unknown`. */
  readonly prefix?: string;
}

interface Stranger {
  readonly label: string;
  /** Weighted sum of unit vectors. */
  readonly sum: Float32Array;
  /** The sum at unit length. */
  mean: Float32Array;
}

/**
 * Gives people who are not enrolled labels that stay with them: `unknown-1`, `unknown-2`, ... in order of
 * appearance. Sequential leader clustering on the quality-weighted mean embedding of each stranger.
 */
export class StrangerBook {
  readonly #options: Required<StrangerBookOptions>;
  /** In order of last appearance, so that the first is the one to forget. */
  readonly #strangers = new Map<string, Stranger>();
  #count = 0;

  constructor(options: StrangerBookOptions) {
    this.#options = { capacity: 1000, prefix: 'unknown', ...options };
  }

  get size(): number {
    return this.#strangers.size;
  }

  /**
   * @param vector unit length
   * @param quality 0..1, the weight of this face in its stranger's mean
   * @param taken labels that other faces of the same frame have: one stranger is never there twice.
   * @param mayCreate false for faces too poor to found a new label on.
   * @returns undefined when the face matches nobody and may not found a label.
   */
  label(
    vector: Float32Array,
    quality: number,
    taken: ReadonlySet<string>,
    mayCreate = true,
  ): string | undefined {
    let best: Stranger | undefined;
    let bestScore = this.#options.threshold;
    for (const stranger of this.#strangers.values()) {
      if (taken.has(stranger.label)) continue;
      const score = dotProduct(vector, stranger.mean);
      if (score >= bestScore) {
        best = stranger;
        bestScore = score;
      }
    }
    if (best === undefined) {
      if (!mayCreate) return undefined;
      this.#count++;
      best = {
        label: `${this.#options.prefix}-${this.#count}`,
        sum: new Float32Array(vector.length),
        mean: vector,
      };
    }
    this.#add(best, vector, quality);
    if (this.#strangers.size > this.#options.capacity) {
      const [oldest] = this.#strangers.keys();
      this.#strangers.delete(oldest);
    }
    return best.label;
  }

  /**
   * Adds a picture of a stranger who is known, from elsewhere, to be the one of this label. A label that was
   * forgotten, or never given, is ignored.
   */
  reinforce(label: string, vector: Float32Array, quality: number): void {
    const stranger = this.#strangers.get(label);
    if (stranger !== undefined) this.#add(stranger, vector, quality);
  }

  #add(stranger: Stranger, vector: Float32Array, quality: number): void {
    const weight = Math.max(quality, 0.01);
    for (let i = 0; i < vector.length; i++) stranger.sum[i] += vector[i] * weight;
    stranger.mean = l2Normalize(stranger.sum);
    this.#strangers.delete(stranger.label);
    this.#strangers.set(stranger.label, stranger);
  }
}
