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
  /** Candidates kept while searching. More: better recall, slower search. Default: {@link efSearchFor} of size and dimensions. */
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
const ENOUGH_FOR = 200_000;
/** Dimensions with which as many times the candidates are needed as there are times the vectors. */
const PROPORTIONAL_AT = 275;
/** Looking at more takes longer than it is worth. */
const MOST = 2000;

/**
 * Candidates to keep while searching an index of so many vectors: 100 up to 200,000, then more, the faster the more
 * dimensions there are: 100 (size / 200,000)^(dimensions / 275), up to 2000. What is missed otherwise are whole people,
 * whose faces have links to each other rather than to the rest.
 *
 * Fitted to the share of the five nearest that are found among embedding-like vectors (`npm run bench -- --row index`):
 * of 200,000 x 512 1.000 with 100 candidates; of 300,000 x 512 0.989 with 100, 0.994 with 150; of 1,000,000 x 512 0.952
 * with 200, 0.986 with 800, 0.987 to 0.992 with 1200, 0.994 with 2000; of 1,000,000 x 128 0.957 with 100, 0.991 with
 * 150, 0.996 with 200.
 */
export function efSearchFor(size: number, dimensions: number): number {
  const times = Math.max(1, size / ENOUGH_FOR) ** (dimensions / PROPORTIONAL_AT);
  return Math.min(MOST, Math.round(EF_SEARCH * times));
}
