import type {
  AlignedFace,
  Box,
  Detection,
  Detector,
  DetectOptions,
  Embedder,
  Embedding,
  Image,
} from '@fr-stream/core';
import type { Engine } from '@fr-stream/engine';
import { FairQueue } from './fair-queue.js';

export interface SharedModelsOptions {
  /** Pictures in the detector at once: as many as there are cores. */
  readonly concurrency: number;
  readonly mostWaiting: number;
}

/** Faces per run of the embedder. */
const FACES_PER_RUN = 16;

/** What of an engine cameras and requests use. */
export type Models = Pick<Engine, 'detector' | 'aligner' | 'embedder' | 'embedderCard'>;

/**
 * One set of models for everybody: pictures wait in line by client, faces of several cameras go through the embedder
 * in one batch.
 */
export class SharedModels {
  readonly #engine: Models;
  readonly #detections: FairQueue<
    { readonly image: Image; readonly part?: Box; readonly options?: DetectOptions },
    readonly Detection[]
  >;
  readonly #embeddings: FairQueue<AlignedFace, Embedding>;

  /** The engine stays its owner's. */
  constructor(engine: Models, { concurrency, mostWaiting }: SharedModelsOptions) {
    this.#engine = engine;
    this.#detections = new FairQueue(
      async (items) =>
        Promise.all(
          items.map(async ({ image, part, options }) =>
            part !== undefined && engine.detector.detectIn !== undefined
              ? engine.detector.detectIn(image, part, options)
              : ((await engine.detector.detect([image], options))[0] ?? []),
          ),
        ),
      { concurrency, batch: 1, mostWaiting },
    );
    this.#embeddings = new FairQueue((faces) => engine.embedder.embed(faces), {
      concurrency: Math.max(1, Math.floor(concurrency / 2)),
      batch: FACES_PER_RUN,
      mostWaiting: mostWaiting * 16,
    });
  }

  /** Pictures that wait for the detector. */
  get waiting(): number {
    return this.#detections.waiting;
  }

  /**
   * The models as one client (a camera, an API key) uses them.
   * @param waitMs how long somebody waits for their turn; OverloadError then. Default: for ever.
   */
  as(client: string, waitMs?: number): Models {
    const { detector, embedder, aligner, embedderCard } = this.#engine;
    const nothing = async (): Promise<void> => undefined;
    const { scoreThreshold, sure, detectIn } = detector;
    const { norms } = embedder;
    const sharedDetector: Detector = {
      id: detector.id,
      ...(scoreThreshold !== undefined && { scoreThreshold }),
      ...(sure !== undefined && { sure }),
      ...(detectIn && {
        detectIn: async (image, part, options) => {
          const item = { image, part, ...(options && { options }) };
          return (await this.#detections.submit(client, [item], waitMs))[0] ?? [];
        },
      }),
      detect: (images, options) =>
        this.#detections.submit(
          client,
          images.map((image) => ({ image, ...(options && { options }) })),
          waitMs,
        ),
      [Symbol.asyncDispose]: nothing,
    };
    const sharedEmbedder: Embedder = {
      id: embedder.id,
      size: embedder.size,
      template: embedder.template,
      threshold: embedder.threshold,
      ...(norms && { norms }),
      embed: (faces) => this.#embeddings.submit(client, faces, waitMs),
      [Symbol.asyncDispose]: nothing,
    };
    return { aligner, embedderCard, detector: sharedDetector, embedder: sharedEmbedder };
  }
}
