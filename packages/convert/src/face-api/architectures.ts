import { GraphBuilder } from '../build/graph-builder.js';
import { ConversionError } from '../conversion-error.js';
import { cleanModel } from '../rewrite/clean.js';
import { dynamicBatch } from '../rewrite/dynamic-batch.js';
import type { ConvertedGraph } from '../tfjs/convert-graph.js';
import type { WeightData } from '../tfjs/weights.js';
import { PRODUCER } from '../version.js';
import { dlibResNet } from './dlib-resnet.js';
import { landmarks68 } from './landmarks-68.js';
import { ssdMobileNet } from './ssd-mobilenet.js';
import { tinyFaceDetector } from './tiny-face-detector.js';
import { WeightsReader } from './weights-reader.js';

interface Architecture {
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  readonly build: (builder: GraphBuilder, weights: WeightsReader, side: number) => void;
  /** Side of the input for nets that take several. */
  readonly defaultSide?: number;
}

/** Nets whose weights face-api publishes without a graph, by the stem of their weight files. */
export const FACE_API_ARCHITECTURES = {
  face_recognition_model: { outputs: ['embedding'], build: dlibResNet },
  face_landmark_68_model: { outputs: ['landmarks'], build: (b, w) => landmarks68(b, w, 'full') },
  face_landmark_68_tiny_model: { outputs: ['landmarks'], build: (b, w) => landmarks68(b, w, 'tiny') },
  tiny_face_detector_model: { outputs: ['scores', 'boxes'], build: tinyFaceDetector, defaultSide: 416 },
  ssd_mobilenetv1_model: { outputs: ['scores', 'boxes'], build: ssdMobileNet },
} as const satisfies Record<string, Architecture>;

export type FaceApiArchitecture = keyof typeof FACE_API_ARCHITECTURES;

export function isFaceApiArchitecture(name: string): name is FaceApiArchitecture {
  return Object.hasOwn(FACE_API_ARCHITECTURES, name);
}

/**
 * Builds the ONNX graph of a face-api net around its weights.
 *
 * @param side Side of the input in pixels, for `tiny_face_detector_model`: a multiple of 32, default 416.
 * @throws ConversionError MODEL_CORRUPT when the weights are not those of the architecture.
 */
export function convertFaceApi(
  name: FaceApiArchitecture,
  weights: ReadonlyMap<string, WeightData>,
  side?: number,
): ConvertedGraph {
  const architecture: Architecture = FACE_API_ARCHITECTURES[name];
  if (side !== undefined && (architecture.defaultSide === undefined || side < 32 || side % 32 !== 0)) {
    throw new ConversionError(`${name}: an input side of ${side} is not possible`, {
      code: 'ARGUMENT_INVALID',
      hint:
        architecture.defaultSide === undefined
          ? 'This net has one input size.'
          : 'Give a multiple of 32, e.g. 416.',
    });
  }
  const builder = new GraphBuilder(name, PRODUCER);
  builder.reserve(architecture.outputs);
  const reader = new WeightsReader(weights);
  architecture.build(builder, reader, side ?? architecture.defaultSide ?? 0);
  reader.finish();
  const cleaned = cleanModel(builder.finish(), name).bytes;
  const freed = dynamicBatch(cleaned, name);
  return freed.ok ? { bytes: freed.bytes } : { bytes: cleaned, fixedBatch: freed.reason };
}
