import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import type { InferenceSession } from '../contracts/inference.js';
import type { DetectorDecoder } from '../decode/decoder.js';
import { nonMaximumSuppression } from '../decode/nms.js';
import { detectorDecoder } from '../decode/registry.js';
import { fromLetterbox, type Letterbox } from '../geometry/letterbox.js';
import { Resampler } from '../image/resample.js';
import { imageToInput, inputLength } from '../image/to-tensor.js';
import type { DetectorCard } from '../models/card.js';
import { checkDetectOptions } from './check-detect-options.js';
import { inputName, inputTensor } from './session-input.js';
import { BufferPool } from './tensor-pool.js';

export interface SessionDetectorOptions {
  /**
   * Longer side of the input in pixels, for models with dynamic input size. Larger finds smaller faces and costs
   * more. Default: the card's.
   */
  readonly inputSize?: number;
  /** Of a card whose family core does not know. Default: that of the family. */
  readonly decoder?: DetectorDecoder;
}

function toSource(detection: Detection, fit: Letterbox): Detection {
  const { box, landmarks } = detection;
  return {
    ...detection,
    box: {
      x: box.x / fit.scaleX,
      y: box.y / fit.scaleY,
      width: box.width / fit.scaleX,
      height: box.height / fit.scaleY,
    },
    ...(landmarks && {
      landmarks: { ...landmarks, points: landmarks.points.map((point) => fromLetterbox(fit, point)) },
    }),
  };
}

/** An input that is not square is stood upright for pictures that it then shows so many times as large. */
const UPRIGHT = 1.1;

/** A detector made of a model card (data), its family's decoder (core) and a session (backend). */
export class SessionDetector implements Detector {
  readonly id: string;
  readonly scoreThreshold: number;
  readonly sure?: number;
  readonly card: DetectorCard;
  readonly #session: InferenceSession;
  readonly #decoder: DetectorDecoder;
  readonly #input: string;
  readonly #options: SessionDetectorOptions;
  readonly #resampler = new Resampler();
  readonly #buffers: BufferPool;

  /** Takes ownership of the session. @throws ModelError when card and graph disagree. */
  constructor(card: DetectorCard, session: InferenceSession, options: SessionDetectorOptions = {}) {
    this.id = card.id;
    this.scoreThreshold = card.thresholds.score;
    if (card.thresholds.sure !== undefined) this.sure = card.thresholds.sure;
    this.card = card;
    this.#session = session;
    this.#buffers = new BufferPool(session);
    this.#decoder = options.decoder ?? detectorDecoder(card.decode);
    this.#input = inputName(card, session);
    this.#options = options;
  }

  async detect(
    images: readonly Image[],
    options: DetectOptions = {},
  ): Promise<readonly (readonly Detection[])[]> {
    checkDetectOptions(options);
    // One run per picture: pictures of one call may differ in size, and a second one in a batch costs as much as a
    // second run on a CPU. Runs are started together, so that preparing one overlaps inference of the other.
    return Promise.all(images.map((image) => this.#detectOne(image, options)));
  }

  async detectIn(image: Image, part: Box, options: DetectOptions = {}): Promise<readonly Detection[]> {
    checkDetectOptions(options);
    return this.#detectOne(image, options, part);
  }

  async #detectOne(image: Image, options: DetectOptions, part?: Box): Promise<Detection[]> {
    const { card } = this;
    const { width, height } = this.#inputSize(part ?? image);
    const data = this.#buffers.take(inputLength(card.input, width, height));
    try {
      const fit = imageToInput(this.#resampler, image, card.input, data, 0, width, height, part);
      const outputs = await this.#session.run({
        [this.#input]: inputTensor(card.input, data, 1, width, height),
      });
      const candidates = this.#decoder(outputs, {
        batchIndex: 0,
        batchSize: 1,
        inputWidth: width,
        inputHeight: height,
        scoreThreshold: options.scoreThreshold ?? card.thresholds.score,
      });
      this.#session.recycle?.(outputs);
      const minSize = options.minSize ?? 0;
      return nonMaximumSuppression(candidates, options.nmsThreshold ?? card.thresholds.nms)
        .map((detection) => toSource(detection, fit))
        .filter(({ box }) => Math.min(box.width, box.height) >= minSize)
        .slice(0, options.maxFaces ?? Infinity);
    } finally {
      this.#buffers.give(data);
    }
  }

  #inputSize(image: Pick<Image, 'width' | 'height'>): { width: number; height: number } {
    const { input } = this.card;
    const multiple = input.dynamicMultipleOf;
    if (multiple === undefined) return { width: input.width, height: input.height };
    const longer = this.#options.inputSize ?? Math.max(input.width, input.height);
    const shorter = (longer * Math.min(input.width, input.height)) / Math.max(input.width, input.height);
    const scaleIn = (width: number, height: number): number =>
      Math.min(width / image.width, height / image.height);
    const upright = scaleIn(shorter, longer) > UPRIGHT * scaleIn(longer, shorter);
    const [width, height] = upright ? [shorter, longer] : [longer, shorter];
    const scale = scaleIn(width, height);
    // Beside a nearly square picture what is wide of it stays: a face that fills it is found less well without.
    const fitted = (side: number, most: number, other: number): number =>
      Math.max(multiple, Math.ceil((most > other ? most : Math.round(side * scale)) / multiple) * multiple);
    return { width: fitted(image.width, width, height), height: fitted(image.height, height, width) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
