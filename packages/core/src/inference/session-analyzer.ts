import type {
  Analyzer,
  AnalyzerResult,
  ClassProbabilities,
  Estimate,
  EyeResults,
  HeadPose,
} from '../contracts/analyzer.js';
import type { Box, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import type { InferenceSession } from '../contracts/inference.js';
import { expectedAngle, softmax, stagewiseValue } from '../decode/analysis.js';
import { outputSlice, type Tensors } from '../decode/decoder.js';
import { eyeRegions, scaleBoxInside } from '../geometry/analysis-regions.js';
import { scaleBox } from '../geometry/box.js';
import { Resampler } from '../image/resample.js';
import { inputLength, regionToInput } from '../image/to-tensor.js';
import type { AnalyzerCard } from '../models/card.js';
import type { ClassDecode, HeadPoseDecode, StagewiseDecode } from '../models/face-decode.js';
import { inputName, inputTensor, onlyOutput } from './session-input.js';
import { BufferPool } from './tensor-pool.js';
import { itemAt } from '../item-at.js';

/** The values of one output of a run over one picture. */
function values(outputs: Tensors, name: string, count: number): Float32Array {
  const context = { batchIndex: 0, batchSize: 1, inputWidth: 0, inputHeight: 0, scoreThreshold: 0 };
  const { data, offset } = outputSlice(outputs, name, count, context);
  return data.subarray(offset, offset + count);
}

function headPose(spec: HeadPoseDecode, outputs: Tensors): HeadPose {
  const angle = (name: string): number =>
    expectedAngle(values(outputs, name, spec.bins), spec.degreesPerBin, spec.firstDegrees);
  return { yaw: angle(spec.yaw), pitch: angle(spec.pitch), roll: angle(spec.roll) };
}

function probabilities({ output, classes }: ClassDecode, outputs: Tensors): ClassProbabilities {
  const found = softmax(values(outputs, output ?? itemAt(Object.keys(outputs), 0), classes.length));
  return Object.fromEntries(classes.map((name, i) => [name, itemAt(found, i)]));
}

function estimate({ stages, bins, range }: StagewiseDecode, outputs: Tensors): Estimate {
  const read = stages.map(({ probabilities, offsets, delta }) => ({
    probabilities: values(outputs, probabilities, bins),
    offsets: values(outputs, offsets, bins),
    delta: itemAt(values(outputs, delta, 1), 0),
  }));
  return { value: stagewiseValue(read) * range };
}

/** An analyser made of a model card and a session. */
export class SessionAnalyzer implements Analyzer<AnalyzerResult> {
  readonly id: string;
  readonly card: AnalyzerCard;
  readonly #session: InferenceSession;
  readonly #input: string;
  readonly #resampler = new Resampler();
  readonly #buffers: BufferPool;

  /** Takes ownership of the session. @throws ModelError when card and graph disagree. */
  constructor(card: AnalyzerCard, session: InferenceSession) {
    this.id = card.id;
    this.card = card;
    this.#session = session;
    this.#buffers = new BufferPool(session);
    this.#input = inputName(card, session);
    if (card.decode.family === 'classes') onlyOutput(card, card.decode.output, session);
  }

  analyze(image: Image, faces: readonly Detection[]): Promise<readonly (AnalyzerResult | undefined)[]> {
    return Promise.all(faces.map((face) => this.#analyzeOne(image, face)));
  }

  async #analyzeOne(image: Image, { box, landmarks }: Detection): Promise<AnalyzerResult | undefined> {
    const { decode } = this.card;
    if (decode.family === 'head-pose') {
      return headPose(decode, await this.#run(image, scaleBox(box, decode.crop.scale)));
    }
    if (decode.family === 'stagewise') {
      const region = scaleBoxInside(box, decode.crop.scale, image.width, image.height);
      return estimate(decode, await this.#run(image, region));
    }
    switch (decode.region) {
      case 'face':
        return probabilities(decode, await this.#run(image, scaleBox(box, decode.scale)));
      case 'face-inside':
        return probabilities(
          decode,
          await this.#run(image, scaleBoxInside(box, decode.scale, image.width, image.height)),
        );
      case 'eyes': {
        const eyes = eyeRegions(landmarks, decode.scale);
        if (eyes === undefined) return undefined;
        const [left, right] = await Promise.all([this.#run(image, eyes[0]), this.#run(image, eyes[1])]);
        const result: EyeResults = { left: probabilities(decode, left), right: probabilities(decode, right) };
        return result;
      }
    }
  }

  async #run(image: Image, region: Box): Promise<Tensors> {
    const { input } = this.card;
    const data = this.#buffers.take(inputLength(input));
    try {
      regionToInput(this.#resampler, image, region, input, data);
      return await this.#session.run({
        [this.#input]: inputTensor(input, data, 1, input.width, input.height),
      });
    } finally {
      this.#buffers.give(data);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
