import {
  itemAt,
  ModelError,
  type BuiltInDetectorDecode,
  type InputSpec,
  type ModelCard,
} from '@fr-stream/core';
import type { GraphProbe } from './probe.js';
import { signatureOf, type Signature } from './signature.js';

export interface FileFacts {
  readonly id: string;
  /** Bytes. */
  readonly bytes: number;
  readonly sha256: string;
  /** `file:///...`: where it was found. */
  readonly source: string;
}

export interface Proposal {
  /** Complete and usable; what is a guess is in `guesses`. */
  readonly card: ModelCard;
  /** Preprocessings that models of the family are known to have, likeliest first; `card` has the first. */
  readonly preprocessings: readonly Preprocessing[];
  /** What the graph does not tell and was assumed, one line each. */
  readonly guesses: readonly string[];
}

export type Preprocessing = Pick<InputSpec, 'channels' | 'mean' | 'std' | 'padding'>;

const three = (value: number): readonly number[] => [value, value, value];
const pixels = (channels: 'rgb' | 'bgr'): Preprocessing => ({
  channels,
  mean: three(0),
  std: three(1),
  padding: 0,
});
const centred = (channels: 'rgb' | 'bgr', mean: number, std: number, padding = 0): Preprocessing => ({
  channels,
  mean: three(mean),
  std: three(std),
  padding,
});
const caffe: Preprocessing = { channels: 'bgr', mean: [104, 117, 123], std: three(1), padding: 0 };

/** What published models of each family are fed with. */
const DETECTOR_INPUTS: Readonly<Record<string, readonly Preprocessing[]>> = {
  yunet: [pixels('bgr'), pixels('rgb')],
  scrfd: [centred('rgb', 127.5, 128), pixels('bgr')],
  retinaface: [caffe, { ...caffe, channels: 'rgb', mean: [123, 117, 104] }, centred('rgb', 127.5, 127.5)],
  ultraface: [centred('rgb', 127, 128, 127), centred('rgb', 127.5, 127.5, 127)],
  blazeface: [centred('rgb', 127.5, 127.5), { ...centred('rgb', 0, 255), padding: 0 }],
};

const DETECTOR_THRESHOLDS: Readonly<
  Record<BuiltInDetectorDecode['family'], { readonly score: number; readonly nms: number }>
> = {
  yunet: { score: 0.7, nms: 0.3 },
  scrfd: { score: 0.5, nms: 0.4 },
  retinaface: { score: 0.6, nms: 0.4 },
  ultraface: { score: 0.7, nms: 0.3 },
  blazeface: { score: 0.5, nms: 0.3 },
};

/** Cosine similarity from which two faces are called one person until the user knows better; common for ArcFace. */
const ASSUMED_COSINE = 0.4;

function preprocessings(probe: GraphProbe, found: Signature, normalises: boolean): readonly Preprocessing[] {
  if (found.task === 'detector') return DETECTOR_INPUTS[found.decode.family] ?? [pixels('rgb')];
  if (probe.input.channels === 1) return [{ channels: 'gray', mean: [0], std: [256] }];
  if (normalises) return [pixels('rgb'), pixels('bgr')];
  return [centred('rgb', 127.5, 127.5), centred('bgr', 127.5, 127.5)];
}

/**
 * Makes a card for a model that somebody brings, from what its graph takes and gives. Families of detectors are told
 * by the shapes of their outputs, landmark nets by the number of points, embedders by giving one vector.
 *
 * @param normalises whether the graph subtracts a mean and scales by itself.
 * @throws ModelError (INPUT_UNSUPPORTED) when the outputs are those of no family that is known.
 */
export function proposeCard(probe: GraphProbe, file: FileFacts, normalises = false): Proposal {
  const found = signatureOf(probe);
  if (found === undefined) {
    const seen = probe.outputs.map(({ name, dims }) => `${name} ${dims.join('x')}`).join(', ');
    throw new ModelError(
      'INPUT_UNSUPPORTED',
      `${file.id}: no known kind of face model gives ${seen || 'no float output'}`,
      {
        hint: 'Known: YuNet, SCRFD, RetinaFace, UltraFace, BlazeFace, landmark nets of 5, 68 or 468 points, embedders. For another preprocessing or layout write a card and give it with --card.',
      },
    );
  }
  const options = preprocessings(probe, found, normalises);
  const { padding, ...numbers } = itemAt(options, 0);
  const { name, layout, width, height, free, dynamicBatch } = probe.input;
  const detector = found.task === 'detector';
  const base = {
    id: file.id,
    title: file.id,
    summary: `Supplied by the user; ${detector ? `a detector of the family ${found.decode.family}` : `a ${found.task}`}, told by its outputs.`,
    input: {
      name,
      layout,
      width,
      height,
      ...numbers,
      fit: detector ? ('letterbox' as const) : ('stretch' as const),
      ...(detector && padding !== undefined && { padding }),
      ...(detector && free && { dynamicMultipleOf: 32 }),
      dynamicBatch: !detector && dynamicBatch,
    },
    bytes: file.bytes,
    sha256: file.sha256,
    sources: [file.source],
    licence: {
      spdx: 'LicenseRef-unknown',
      statedIn: 'not known: the user supplied the file',
      trainingData: 'not known',
      commercialUse: 'unclear' as const,
    },
  };
  const guesses = [
    `preprocessing: ${numbers.channels}, (pixel - ${String(numbers.mean[0])}) / ${String(numbers.std[0])}`,
  ];
  switch (found.task) {
    case 'detector':
      return {
        card: {
          ...base,
          task: 'detector',
          decode: found.decode,
          thresholds: DETECTOR_THRESHOLDS[found.decode.family],
        },
        preprocessings: options,
        guesses,
      };
    case 'landmarker':
      return {
        card: { ...base, task: 'landmarker', decode: found.decode },
        preprocessings: options,
        guesses: [...guesses, `crop: the face box times ${found.decode.crop.scale}`],
      };
    case 'embedder':
      return {
        card: { ...base, task: 'embedder', decode: found.decode, thresholds: { cosine: ASSUMED_COSINE } },
        preprocessings: options,
        guesses: [
          ...guesses,
          `alignment: ${found.decode.template}`,
          `threshold: ${ASSUMED_COSINE}; --far works once a curve is fitted`,
        ],
      };
  }
}
