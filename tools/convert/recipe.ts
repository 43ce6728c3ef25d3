import { createHash } from 'node:crypto';
import type { Asset } from '@fr-stream/backend-node';
import type { FaceApiArchitecture } from './face-api/architectures.js';
import type { LostPRelu } from './rewrite/fuse-prelu.js';
import { CONVERTER_VERSION } from './version.js';

/** A file that a conversion starts from; its content is fixed by its hash. */
export type SourceAsset = Asset & { readonly sha256: string };

export interface ConversionOptions {
  /** Inputs whose size the graph leaves open: input name -> height, width. */
  readonly inputSizes?: Readonly<Record<string, readonly number[]>>;
  /** Images stay channels last. */
  readonly channelsLast?: boolean;
  /** See `LostPRelu`. */
  readonly lostPRelu?: LostPRelu;
  /** Input side in pixels, for `tiny_face_detector_model`. */
  readonly side?: number;
}

/** How a model is made from other files, as data. */
export interface ConversionRecipe {
  /** Lower-case words and digits joined by hyphens. */
  readonly id: string;
  /**
   * `tfjs-graph`: a TensorFlow.js graph model; `onnx`: an ONNX file that is cleaned and whose batch is freed; else the
   * net in face-api's code that the weights belong to.
   */
  readonly architecture: 'tfjs-graph' | 'onnx' | FaceApiArchitecture;
  /** The JSON first, then the weight files in the manifest's order; for `onnx` the one file. */
  readonly sources: readonly [SourceAsset, ...SourceAsset[]];
  readonly options?: ConversionOptions;
  /** Lower-case hex SHA-256 of the result with this converter version. Conversion is deterministic. */
  readonly sha256?: string;
}

/** Names the result: equal for equal source bytes, options and converter version, whatever the sources' addresses. */
export function recipeKey(recipe: ConversionRecipe): string {
  const parts = {
    converter: CONVERTER_VERSION,
    architecture: recipe.architecture,
    sources: recipe.sources.map(({ sha256 }) => sha256),
    options: sortedKeys(recipe.options ?? {}),
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function sortedKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sortedKeys(each)]),
  );
}
