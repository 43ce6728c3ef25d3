/** Per face its nearest so far. */
export class NearestOfEach {
  /** Kept per face. */
  readonly most: number;
  readonly #counts: Int32Array;
  readonly #others: Int32Array;
  /** Descending, per face. */
  readonly #similarities: Float32Array;

  constructor(faces: number, most: number) {
    this.most = most;
    this.#counts = new Int32Array(faces);
    this.#others = new Int32Array(faces * most);
    this.#similarities = new Float32Array(faces * most);
  }

  add(face: number, other: number, similarity: number): void {
    const [first, count] = [face * this.most, this.#counts[face]];
    // As it is kept.
    const rounded = Math.fround(similarity);
    let at = first + count;
    if (count < this.most) this.#counts[face]++;
    else if (this.#isBefore(--at, other, rounded)) return;
    for (; at > first && !this.#isBefore(at - 1, other, rounded); at--) {
      this.#others[at] = this.#others[at - 1];
      this.#similarities[at] = this.#similarities[at - 1];
    }
    this.#others[at] = other;
    this.#similarities[at] = rounded;
  }

  /** What a similarity must not be below to be kept; -Infinity while there is room. */
  least(face: number): number {
    const full = this.#counts[face] === this.most;
    return full ? this.#similarities[(face + 1) * this.most - 1] : -Infinity;
  }

  /** How many are kept of a face. */
  count(face: number): number {
    return this.#counts[face];
  }

  /** The nearest of a face, the most similar first. */
  of(face: number, visit: (other: number, similarity: number) => void): void {
    for (let i = 0; i < this.#counts[face]; i++) {
      const at = face * this.most + i;
      visit(this.#others[at], this.#similarities[at]);
    }
  }

  /** Equal similarities are ordered by number, so that the order in which they come does not matter. */
  #isBefore(at: number, other: number, similarity: number): boolean {
    const there = this.#similarities[at];
    return there > similarity || (there === similarity && this.#others[at] < other);
  }
}
