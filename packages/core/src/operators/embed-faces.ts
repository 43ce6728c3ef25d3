import type { OperatorFunction } from 'rxjs';
import type { Embedder } from '../contracts/detector.js';
import type { AlignedFaceItem, EmbeddedFace } from '../contracts/face.js';
import { ArgumentError } from '../errors.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';
import { itemAt } from '../item-at.js';

export interface EmbedFacesOptions {
  /** Frames in the embedder at once. Default 2. */
  readonly concurrency?: number;
}

/** Maps each aligned face to its embedding; all faces of a frame go to the embedder in one call. */
export function embedFaces<F extends AlignedFaceItem>(
  embedder: Embedder,
  options: EmbedFacesOptions = {},
): OperatorFunction<FrameFaces<F>, FrameFaces<F & EmbeddedFace>> {
  return mapFaces(options.concurrency ?? 4, async ({ faces }) => {
    const embeddings = await embedder.embed(faces.map((face) => face.aligned));
    return { faces: faces.map((face, i) => ({ ...face, embedding: itemAt(embeddings, i) })) };
  });
}

/**
 * Checks that an aligner makes what an embedder expects, before a pipeline starts.
 * @throws ArgumentError
 */
export function requireSameTemplate(aligner: { readonly template: string }, embedder: Embedder): void {
  if (aligner.template !== embedder.template) {
    throw new ArgumentError(
      `Embedder "${embedder.id}" expects faces on the template "${embedder.template}", the aligner makes "${aligner.template}".`,
    );
  }
}
