import { dotProduct } from '../identity/distance.js';
import { COLUMN_GROUP, type Products, type RowProducts } from '../inference/row-products.js';

/** Rows and columns of one multiplication. */
const [ROWS, COLUMNS] = [512, 4096];
/** Largest values of quantised rows and columns: see {@link RowProducts.multiply}. */
const [ROW_MAX, COLUMN_MAX] = [127, 63];

export interface NearestPairsOptions {
  /** Neighbours kept per face. */
  readonly neighbours: number;
  /** Pairs less similar are left out. */
  readonly minSimilarity: number;
  /** Faces whose own neighbours need not be sought. */
  readonly passive: (face: number) => boolean;
}

/**
 * The nearest neighbours of all faces at once, exactly: every pair is measured in 8-bit integers first, and what may be
 * similar enough again as it is.
 * @param vectors unit length, by face.
 * @param found is told of each pair and its cosine similarity, to single precision, once or twice, in no order.
 */
export async function nearestPairs(
  products: RowProducts,
  vectors: readonly Float32Array[],
  { neighbours, minSimilarity, passive }: NearestPairsOptions,
  found: (a: number, b: number, similarity: number) => void,
): Promise<void> {
  if (vectors.length === 0) return;
  const dimensions = vectors[0].length;
  // Those who seek come first: a pair is measured once, from the side of the lower place, and never between two others.
  const faces = Int32Array.from(vectors, (_, face) => face);
  const seeking = faces.filter((face) => !passive(face));
  const order = Int32Array.from([...seeking, ...faces.filter(passive)]);
  const { rows, step, error } = quantised(vectors, order);
  const unit = step * step * (ROW_MAX / COLUMN_MAX);
  const limit = Math.ceil((minSimilarity - error) / unit);
  const nearest = new NearestOfEach(vectors.length, neighbours);
  const candidate = (a: number, b: number, score: number): void => {
    const [one, two] = [order[a], order[b]];
    const most = score * unit + error;
    // Among many pictures of one person most are not among the nearest.
    if (most < nearest.least(one) && (b >= seeking.length || most < nearest.least(two))) return;
    const similarity = dotProduct(vectors[one], vectors[two]);
    if (similarity < minSimilarity) return;
    nearest.add(one, two, similarity);
    if (b < seeking.length) nearest.add(two, one, similarity);
  };
  for (let left = 0; left < order.length; left += COLUMNS) {
    const right = Math.min(order.length, left + COLUMNS);
    const columns = transposed(rows, left, right, dimensions);
    for (let top = 0; top < Math.min(right, seeking.length); top += ROWS) {
      const bottom = Math.min(right, seeking.length, top + ROWS);
      const block = rows.subarray(top * dimensions, bottom * dimensions);
      await products.multiply(block, columns, dimensions, (scores) =>
        eachAtLeast(limit, scores, { top, bottom, left, right }, candidate),
      );
    }
  }
  nearest.forEach(found);
}

interface Block {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Visits the pairs of a block whose first place is the lower one and whose score reaches the limit. */
function eachAtLeast(
  limit: number,
  { all, highest }: Products,
  { top, bottom, left, right }: Block,
  visit: (a: number, b: number, score: number) => void,
): void {
  const groups = Math.ceil((right - left) / COLUMN_GROUP);
  for (let row = top; row < bottom; row++) {
    const start = (row - top) * groups;
    // Those to the left of the diagonal have been measured.
    const first = Math.max(left, row + 1);
    for (let group = Math.floor((first - left) / COLUMN_GROUP); group < groups; group++) {
      if (highest[start + group] < limit) continue;
      const from = left + group * COLUMN_GROUP;
      for (let column = Math.max(first, from); column < Math.min(right, from + COLUMN_GROUP); column++) {
        const score = all[start * COLUMN_GROUP + column - left];
        if (score >= limit) visit(row, column, score);
      }
    }
  }
}

/**
 * Vectors as bytes, 128 for zero, in the given order.
 * @returns `step` is what one is worth; `error` what a product of two may be off.
 */
function quantised(
  vectors: readonly Float32Array[],
  order: Int32Array,
): { rows: Uint8Array; step: number; error: number } {
  const dimensions = vectors[0].length;
  let largest = 0;
  for (const vector of vectors) for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const step = Math.max(largest, 1e-6) / ROW_MAX;
  const rows = new Uint8Array(vectors.length * dimensions);
  order.forEach((face, place) => {
    const start = place * dimensions;
    vectors[face].forEach((value, d) => (rows[start + d] = 128 + Math.round(value / step)));
  });
  // Rounding is off by half a step in the row, and by no more than one and a half in the column, which is rounded from it to
  // steps twice as wide; evenly spread. Over unit vectors the deviation of a product is that of one value. Six of them are
  // left as room.
  const deviation = step * Math.hypot(1, 3) * Math.sqrt(1 / 12);
  return { rows, step, error: 6 * deviation };
}

/** Columns `[dimensions, columns]` of the rows in between, at half their resolution, filled up to whole groups. */
function transposed(rows: Uint8Array, left: number, right: number, dimensions: number): Int8Array {
  const width = Math.ceil((right - left) / COLUMN_GROUP) * COLUMN_GROUP;
  const columns = new Int8Array(dimensions * width);
  for (let place = left; place < right; place++) {
    for (let d = 0; d < dimensions; d++) {
      columns[d * width + place - left] = Math.round(
        ((rows[place * dimensions + d] - 128) * COLUMN_MAX) / ROW_MAX,
      );
    }
  }
  return columns;
}

/** Per face its nearest so far. */
class NearestOfEach {
  readonly #most: number;
  readonly #counts: Int32Array;
  readonly #others: Int32Array;
  /** Descending, per face. */
  readonly #similarities: Float32Array;

  constructor(faces: number, most: number) {
    this.#most = most;
    this.#counts = new Int32Array(faces);
    this.#others = new Int32Array(faces * most);
    this.#similarities = new Float32Array(faces * most);
  }

  add(face: number, other: number, similarity: number): void {
    const [first, count] = [face * this.#most, this.#counts[face]];
    // As it is kept.
    const rounded = Math.fround(similarity);
    let at = first + count;
    if (count < this.#most) this.#counts[face]++;
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
    const full = this.#counts[face] === this.#most;
    return full ? this.#similarities[(face + 1) * this.#most - 1] : -Infinity;
  }

  forEach(visit: (face: number, other: number, similarity: number) => void): void {
    for (let face = 0; face < this.#counts.length; face++) {
      for (let i = 0; i < this.#counts[face]; i++) {
        const at = face * this.#most + i;
        visit(face, this.#others[at], this.#similarities[at]);
      }
    }
  }

  /** Equal similarities are ordered by number, so that the order in which they come does not matter. */
  #isBefore(at: number, other: number, similarity: number): boolean {
    const there = this.#similarities[at];
    return there > similarity || (there === similarity && this.#others[at] < other);
  }
}
