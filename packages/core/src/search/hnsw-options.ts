import type { Metric } from '../contracts/vector-index.js';
import { ArgumentError } from '../errors.js';

/** Parameters of a navigable small-world graph, by the names of the paper (Malkov and Yashunin, 2018). */
export interface HnswGraphIndexOptions {
  /** Default `cosine`. */
  readonly metric?: Metric;
  /** Links per node and layer (M of the paper). More: better recall, more memory. Default 16. */
  readonly m?: number;
  /** Candidates kept while inserting. More: better graph, slower insertion. Default 200. */
  readonly efConstruction?: number;
  /** Candidates kept while searching. More: better recall, slower search. Default: {@link efSearchFor} of the size. */
  readonly efSearch?: number;
}

export interface HnswSettings {
  readonly metric: Metric;
  readonly m: number;
  readonly efConstruction: number;
  /** Absent: it grows with the index. */
  readonly efSearch?: number;
}

/** @throws ArgumentError unless the value is a whole number of at least 1. */
export function checkWhole(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new ArgumentError(`${name} must be a whole number of at least 1, not ${value}`);
  }
}

/** The options with their defaults. @throws ArgumentError when a number is not a whole one of at least 1. */
export function hnswSettings(options: HnswGraphIndexOptions): HnswSettings {
  const { metric = 'cosine', m = 16, efConstruction = 200, efSearch } = options;
  const numbers = { m, efConstruction, ...(efSearch !== undefined && { efSearch }) };
  for (const [name, value] of Object.entries(numbers)) checkWhole(name, value);
  return { metric, ...numbers };
}

const EF_SEARCH = 100;
/** As many vectors are found well enough with {@link EF_SEARCH} candidates. */
const ENOUGH_FOR = 100_000;

/**
 * Candidates to keep while searching an index of so many vectors: 100 up to 100,000, and as many again for each tenfold
 * of that. The paths through a graph grow with the logarithm of its size, and so does what may be missed on them: of the
 * five nearest of a million embedding-like vectors of 128 dimensions (`npm run bench -- --row index`), 100 candidates
 * find 0.957, 150 find 0.991 and 200 find 0.996.
 */
export function efSearchFor(size: number): number {
  return Math.round(EF_SEARCH * (1 + Math.log10(Math.max(1, size / ENOUGH_FOR))));
}
