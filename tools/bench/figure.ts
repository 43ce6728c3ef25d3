/** One line of the table. */
export interface Figure {
  /** What was measured on. */
  readonly subject: string;
  /** With unit. */
  readonly measured: string;
  /** What it is compared with, with unit; empty where there is nothing to compare. */
  readonly against?: string;
  /** Measured by that, as a speed: above 1 is faster. */
  readonly ratio?: number;
  readonly goal?: string;
}

export type IndexSize = readonly [vectors: number, dimensions: number];

export interface BenchContext {
  /** Shorter clips, fewer rounds, smaller indexes: for looking, not for quoting. */
  readonly quick: boolean;
  /** Also what takes many minutes: an index of a million vectors. */
  readonly full: boolean;
  /** Only these indexes. */
  readonly indexSizes?: readonly IndexSize[];
  /** A folder in which indexes are kept for the next time: the largest takes an hour to build. */
  readonly keptIndexes?: string;
  /** A folder of folders with a `clip.mp4` each, of real people. */
  readonly realClips: string;
  /** For clips and outputs; removed in the end. */
  readonly folder: string;
}

export interface Row {
  /** For `--row`. */
  readonly name: string;
  readonly title: string;
  measure(context: BenchContext): AsyncGenerator<Figure>;
}

export const perSecond = (value: number): string => `${value.toFixed(value < 20 ? 1 : 0)} /s`;
