import type { ModelCard } from './card.js';
import type { Derivation } from './derivation.js';

/** Gives the bytes of a model, from a cache or its sources, verified against the card. */
export interface ModelStore {
  /**
   * @throws ModelError (MODEL_DOWNLOAD_FAILED) when no source delivers, (MODEL_CORRUPT) when the bytes are not the
   * card's, (MODEL_LICENCE) when the licence must be accepted first.
   */
  bytes(card: ModelCard, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Makes the file of a derived model; `@fr-stream/convert` is one. */
export interface ModelConverter {
  /** Raised whenever the same sources would give other bytes. */
  readonly version: string;
  /**
   * @param files the content of `derivation.sources`, in order.
   * @param name how errors name the model.
   * @throws ModelError (INPUT_UNSUPPORTED) for what cannot be converted, (MODEL_CORRUPT) for broken files.
   */
  convert(derivation: Derivation, files: readonly Uint8Array[], name: string): Uint8Array;
  /**
   * Frees the batch dimension of an ONNX graph that was exported for one sample.
   * @returns undefined when the graph does not allow it.
   */
  freeBatch(model: Uint8Array, name: string): Uint8Array | undefined;
}
