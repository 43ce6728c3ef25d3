import { dotInFourSums } from '../identity/distance.js';
import type { KnownLists } from './kept-neighbours.js';
import { COLUMN_GROUP, type RowProducts } from '../inference/row-products.js';

/** Rows and columns of one multiplication: few enough for their products to stay in a core's cache. */
const [ROWS, COLUMNS] = [512, 1024];
/** Largest values of quantised rows and columns: see {@link RowProducts.multiply}. */
const [ROW_MAX, COLUMN_MAX] = [127, 63];

export interface NearestPairsOptions {
  /** Pairs less similar are left out. */
  readonly minSimilarity: number;
  /** Faces whose own neighbours need not be sought. */
  readonly passive: (face: number) => boolean;
}

/**
 * The nearest neighbours of all faces at once, exactly: every pair is measured in 8-bit integers first, and what may be
 * similar enough again as it is. Faces whose neighbours are known are compared with those only that are new.
 * @param vectors unit length, by face.
 * @param known is added to: afterwards all faces but passive ones are listed.
 */
export async function nearestPairs(
  products: RowProducts,
  vectors: readonly Float32Array[],
  { minSimilarity, passive }: NearestPairsOptions,
  { nearest, listed, compared }: KnownLists,
): Promise<void> {
  // Those who seek come first: a pair is measured once, from the side of the lower place, and never between two others.
  const faces = Int32Array.from(vectors, (_, face) => face);
  const seeking = faces.filter((face) => listed[face] === 0 && !passive(face));
  const lists = faces.filter((face) => listed[face] === 1);
  const others = faces.filter((face) => listed[face] === 0 && passive(face));
  const strange = others.filter((face) => compared[face] === 0);
  const order = Int32Array.from([
    ...seeking,
    ...lists,
    ...strange,
    ...others.filter((face) => compared[face] === 1),
  ]);
  const end = seeking.length + lists.length;
  const spans = [
    { rows: [0, seeking.length], columns: [0, order.length] },
    { rows: [seeking.length, end], columns: [end, end + strange.length] },
  ].filter((span) => [span.rows, span.columns].every(([from = 0, to = 0]) => from < to));
  if (spans.length === 0) return;
  const dimensions = vectors[0].length;
  const { rows, step, error } = quantised(vectors, order);
  const unit = step * step * (ROW_MAX / COLUMN_MAX);
  const limit = Math.ceil((minSimilarity - error) / unit);
  const candidate = (a: number, b: number, score: number): void => {
    const [one, two] = [order[a], order[b]];
    const most = score * unit + error;
    // What was there when a list was made is in it, if it has to be.
    const counts = b < end && !(listed[two] === 1 && compared[one] === 1);
    // Among many pictures of one person most are not among the nearest.
    if (most < nearest.least(one) && !(counts && most >= nearest.least(two))) return;
    const similarity = dotInFourSums(vectors[one], vectors[two]);
    if (similarity < minSimilarity) return;
    nearest.add(one, two, similarity);
    if (counts) nearest.add(two, one, similarity);
  };
  for (const span of spans) {
    const [firstRow = 0, lastRow = 0] = span.rows;
    const [firstColumn = 0, lastColumn = 0] = span.columns;
    for (let left = firstColumn; left < lastColumn; left += COLUMNS) {
      const right = Math.min(lastColumn, left + COLUMNS);
      const columns = transposed(rows, left, right, dimensions);
      for (let top = firstRow; top < Math.min(right, lastRow); top += ROWS) {
        const bottom = Math.min(right, lastRow, top + ROWS);
        const block = rows.subarray(top * dimensions, bottom * dimensions);
        // What is to the left of the diagonal has been measured.
        await products.visitAtLeast(limit, block, columns, dimensions, (row, column, score) => {
          if (left + column > top + row && left + column < right) candidate(top + row, left + column, score);
        });
      }
    }
  }
  for (const face of seeking) listed[face] = 1;
}

/**
 * Which vectors may be similar to any of the targets: all that are, and few others. Measured in 8-bit integers; who needs
 * to be sure measures those again.
 * @param targets and `vectors` unit length.
 * @returns places in `vectors`, ascending.
 */
export async function likeAny(
  products: RowProducts,
  targets: readonly Float32Array[],
  vectors: readonly Float32Array[],
  minSimilarity: number,
): Promise<readonly number[]> {
  if (targets.length === 0 || vectors.length === 0) return [];
  const dimensions = targets[0].length;
  const all = [...targets, ...vectors];
  const { rows, step, error } = quantised(
    all,
    Int32Array.from(all, (_, place) => place),
  );
  const limit = Math.ceil((minSimilarity - error) / (step * step * (ROW_MAX / COLUMN_MAX)));
  const like = new Set<number>();
  for (let left = 0; left < targets.length; left += COLUMNS) {
    const columns = transposed(rows, left, Math.min(targets.length, left + COLUMNS), dimensions);
    for (let top = targets.length; top < all.length; top += ROWS) {
      const bottom = Math.min(all.length, top + ROWS);
      const block = rows.subarray(top * dimensions, bottom * dimensions);
      await products.multiply(block, columns, dimensions, ({ highest }) => {
        const groups = highest.length / (bottom - top);
        highest.forEach((score, i) => {
          if (score >= limit) like.add(top - targets.length + Math.floor(i / groups));
        });
      });
    }
  }
  return [...like].sort((a, b) => a - b);
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
  // Loops by number: there are tens of millions of values, and a call for each would take longer than the products.
  for (const vector of vectors) {
    for (let d = 0; d < dimensions; d++) {
      const value = Math.abs(vector[d]);
      if (value > largest) largest = value;
    }
  }
  const step = Math.max(largest, 1e-6) / ROW_MAX;
  const rows = new Uint8Array(vectors.length * dimensions);
  order.forEach((face, place) => {
    const start = place * dimensions;
    const vector = vectors[face];
    for (let d = 0; d < dimensions; d++) rows[start + d] = 128 + Math.round(vector[d] / step);
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
