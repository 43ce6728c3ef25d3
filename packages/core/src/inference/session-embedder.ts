import type { Embedder, NormScale } from '../contracts/detector.js';
import type { AlignedFace, Embedding } from '../contracts/face.js';
import type { InferenceSession } from '../contracts/inference.js';
import { ModelError } from '../errors.js';
import { l2Norm } from '../identity/distance.js';
import { Resampler } from '../image/resample.js';
import { regionToInput } from '../image/to-tensor.js';
import type { EmbedderCard } from '../models/card.js';
import { runBatches } from './run-batches.js';
import { inputName, onlyOutput } from './session-input.js';
import { BufferPool } from './tensor-pool.js';
import { itemAt } from '../item-at.js';

/** An embedder made of a model card and a session. */
export class SessionEmbedder implements Embedder {
  readonly id: string;
  readonly size: number;
  readonly template: string;
  readonly threshold: number;
  readonly norms?: NormScale;
  readonly card: EmbedderCard;
  readonly #session: InferenceSession;
  readonly #input: string;
  readonly #output: string;
  readonly #resampler = new Resampler();
  readonly #buffers: BufferPool;

  /** Takes ownership of the session. @throws ModelError when card and graph disagree. */
  constructor(card: EmbedderCard, session: InferenceSession) {
    this.id = card.id;
    this.card = card;
    this.size = card.decode.size;
    this.template = card.decode.template;
    this.threshold = card.thresholds.cosine;
    if (card.thresholds.norms !== undefined) this.norms = card.thresholds.norms;
    this.#session = session;
    this.#buffers = new BufferPool(session);
    this.#input = inputName(card, session);
    this.#output = onlyOutput(card, card.decode.output, session);
  }

  async embed(faces: readonly AlignedFace[]): Promise<readonly Embedding[]> {
    const { card, size } = this;
    const results: Embedding[] = [];
    await runBatches(
      {
        card,
        session: this.#session,
        input: this.#input,
        buffers: this.#buffers,
        output: this.#output,
        columns: size,
      },
      faces.length,
      (index, data, offset) => {
        const { image } = itemAt(faces, index);
        const whole = { x: 0, y: 0, width: image.width, height: image.height };
        regionToInput(this.#resampler, image, whole, card.input, data, offset);
      },
      (index, output) => {
        const raw = output.data.slice(output.offset, output.offset + size);
        const norm = l2Norm(raw);
        if (!(norm > 0) || !Number.isFinite(norm)) {
          throw new ModelError(
            'MODEL_OUTPUT_UNEXPECTED',
            `Model "${card.id}" gave an embedding of length ${norm}.`,
          );
        }
        results[index] = { vector: raw.map((value) => value / norm), norm, model: card.id };
      },
    );
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
