import type { Landmarker } from '../contracts/detector.js';
import type { Box, Landmarks, Point } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import type { InferenceSession } from '../contracts/inference.js';
import { scaleBox } from '../geometry/box.js';
import { Resampler } from '../image/resample.js';
import { regionToInput } from '../image/to-tensor.js';
import type { LandmarkerCard } from '../models/card.js';
import { runBatches } from './run-batches.js';
import { inputName } from './session-input.js';
import { BufferPool } from './tensor-pool.js';
import { itemAt } from '../item-at.js';

/** A landmarker made of a model card and a session. */
export class SessionLandmarker implements Landmarker {
  readonly id: string;
  readonly card: LandmarkerCard;
  readonly #session: InferenceSession;
  readonly #input: string;
  readonly #resampler = new Resampler();
  readonly #buffers: BufferPool;

  /** Takes ownership of the session. @throws ModelError when card and graph disagree. */
  constructor(card: LandmarkerCard, session: InferenceSession) {
    this.id = card.id;
    this.card = card;
    this.#session = session;
    this.#buffers = new BufferPool(session);
    this.#input = inputName(card, session);
  }

  async landmarks(image: Image, boxes: readonly Box[]): Promise<readonly Landmarks[]> {
    const { input, decode } = this.card;
    const count = Number(decode.scheme);
    const values = decode.values ?? 2;
    const [unitX, unitY] = decode.unit === 'input' ? [input.width, input.height] : [1, 1];
    const crops = boxes.map((box) => scaleBox(box, decode.crop.scale, decode.crop.square));
    const results: Landmarks[] = [];
    await runBatches(
      {
        card: this.card,
        session: this.#session,
        input: this.#input,
        buffers: this.#buffers,
        output: decode.output,
        columns: count * values,
      },
      crops.length,
      (index, data, offset) =>
        regionToInput(this.#resampler, image, itemAt(crops, index), input, data, offset),
      (index, output) => {
        const crop = itemAt(crops, index);
        const points: Point[] = [];
        for (let k = 0; k < count; k++) {
          const at = output.offset + k * values;
          points.push({
            x: crop.x + (itemAt(output.data, at) / unitX) * crop.width,
            y: crop.y + (itemAt(output.data, at + 1) / unitY) * crop.height,
          });
        }
        results[index] = { scheme: decode.scheme, points };
      },
    );
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
