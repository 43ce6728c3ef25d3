import type { HnswGraphIndexOptions, VectorIndex } from '@fr-stream/core';

/** `hnswlib`: the addon hnswlib-node. `built-in`: the same algorithm in TypeScript, from core. */
export type HnswEngine = 'hnswlib' | 'built-in';

export interface HnswOptions extends HnswGraphIndexOptions {
  /** Vectors to make room for at first; the index grows by itself. Default 1024. */
  readonly capacity?: number;
  /** Default: hnswlib where it can be loaded. */
  readonly engine?: HnswEngine;
}

/** An index that goes into a folder. */
export interface SavableIndex extends VectorIndex {
  readonly engine: HnswEngine;
  /** @throws SinkError (OUTPUT_UNWRITABLE) */
  save(folder: string): Promise<void>;
}
