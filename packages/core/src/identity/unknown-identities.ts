import { dotProduct, l2Normalize, addScaled } from './distance.js';
import { labelOf } from './gallery-store.js';

/** Somebody without a name whom a gallery remembers; see `Gallery.strangers`. */
export interface KnownStranger {
  readonly label: string;
  /** Unit length. */
  readonly appearance: Float32Array;
}

export interface UnknownIdentitiesOptions {
  /** Cosine similarity from which two faces count as one stranger. */
  readonly threshold: number;
  /** New strangers remembered; beyond it the one not seen for longest is forgotten. Default 1000. */
  readonly capacity?: number;
  /** Strangers who have a label already. */
  readonly known?: readonly KnownStranger[];
  /** The highest number that a label has had; new ones go on from there. Default 0. */
  readonly labels?: number;
  /**
   * Numbers for new labels instead, such as those that a gallery has claimed for this run; undefined when there is none
   * at the moment, and nobody new gets a label then.
   */
  readonly nextNumber?: () => number | undefined;
}

/** What was learnt of one stranger. */
export interface UnknownObservation {
  readonly label: string;
  /** The label was known before the run. */
  readonly known: boolean;
  /** Quality-weighted mean of this run's pictures, unit length. */
  readonly appearance: Float32Array;
  readonly pictures: number;
  /** Of the best picture, 0..1. */
  readonly quality: number;
}

/**
 * Pictures of less quality look alike, whoever they show: it takes more similarity to recognise somebody by them, by
 * this share of what the threshold lacks to 1. (Of 1,324 LFW photos made worse, 1 in 1000 pairs of different people had 0.33 where both were good, 0.39 where
 * both were poor, 0.55 where both were very poor.)
 */
const TELLING = 0.3;
const POOR_MARGIN = 0.28;

interface Stranger {
  readonly label: string;
  readonly known: boolean;
  /** Weighted sum of this run's unit vectors. */
  readonly sum: Float32Array;
  /** What new pictures are compared with: all that is known, at unit length. */
  mean: Float32Array;
  readonly before: Float32Array | undefined;
  pictures: number;
  quality: number;
}

/**
 * Gives people who are not enrolled labels that stay with them: `unknown-1`, `unknown-2`, ... in order of
 * appearance. Sequential leader clustering on the quality-weighted mean embedding of each stranger.
 */
export class UnknownIdentities {
  readonly #threshold: number;
  readonly #capacity: number;
  readonly #nextNumber: () => number | undefined;
  /** In order of last appearance, so that the first new one is the one to forget. */
  readonly #strangers = new Map<string, Stranger>();
  #count: number;
  #fresh = 0;

  constructor({ threshold, capacity = 1000, known = [], labels = 0, nextNumber }: UnknownIdentitiesOptions) {
    this.#nextNumber = nextNumber ?? (() => ++this.#count);
    this.#threshold = threshold;
    this.#capacity = capacity;
    this.#count = labels;
    for (const { label, appearance } of known) this.#strangers.set(label, stranger(label, appearance, true));
  }

  get size(): number {
    return this.#strangers.size;
  }

  /**
   * @param vector unit length
   * @param quality 0..1, the weight of this face in its stranger's mean
   * @param present labels that other faces of the same frame have: one stranger is never there twice.
   * @param mayCreate false for faces too poor to found a new label on.
   * @returns undefined when the face matches nobody and may not found a label.
   */
  label(
    vector: Float32Array,
    quality: number,
    present: ReadonlySet<string>,
    mayCreate = true,
  ): string | undefined {
    let best: Stranger | undefined;
    let bestScore = this.#threshold;
    for (const candidate of this.#strangers.values()) {
      if (present.has(candidate.label)) continue;
      const poor = quality < TELLING || (!candidate.known && candidate.quality < TELLING);
      const score = dotProduct(vector, candidate.mean);
      const least = poor ? this.#threshold + POOR_MARGIN * (1 - this.#threshold) : this.#threshold;
      if (score >= Math.max(bestScore, least)) {
        best = candidate;
        bestScore = score;
      }
    }
    if (best === undefined) {
      if (!mayCreate) return undefined;
      const number = this.#nextNumber();
      if (number === undefined) return undefined;
      best = stranger(labelOf(number), vector, false);
      this.#fresh++;
    }
    this.#add(best, vector, quality);
    if (this.#fresh > this.#capacity) this.#forgetOldest();
    return best.label;
  }

  /**
   * Adds a picture of a stranger who is known, from elsewhere, to be the one of this label. A label that was
   * forgotten, or never given, is ignored.
   */
  reinforce(label: string, vector: Float32Array, quality: number): void {
    const found = this.#strangers.get(label);
    if (found !== undefined) this.#add(found, vector, quality);
  }

  /** Who was seen in this run, the last seen last. */
  observations(): readonly UnknownObservation[] {
    return [...this.#strangers.values()]
      .filter(({ pictures }) => pictures > 0)
      .map(({ sum, label, known, pictures, quality }) => ({
        label,
        known,
        appearance: l2Normalize(sum),
        pictures,
        quality,
      }));
  }

  #add(one: Stranger, vector: Float32Array, quality: number): void {
    const weight = Math.max(quality, 0.01);
    addScaled(one.sum, vector, weight);
    // What a gallery knows of somebody counts as one good picture.
    const { before } = one;
    const all = one.sum.slice();
    if (before !== undefined) addScaled(all, before);
    one.mean = l2Normalize(all);
    one.pictures++;
    one.quality = Math.max(one.quality, quality);
    this.#strangers.delete(one.label);
    this.#strangers.set(one.label, one);
  }

  #forgetOldest(): void {
    for (const { label, known } of this.#strangers.values()) {
      if (known) continue;
      this.#strangers.delete(label);
      this.#fresh--;
      return;
    }
  }
}

function stranger(label: string, appearance: Float32Array, known: boolean): Stranger {
  return {
    label,
    known,
    sum: new Float32Array(appearance.length),
    mean: appearance,
    before: known ? appearance : undefined,
    pictures: 0,
    quality: 0,
  };
}
