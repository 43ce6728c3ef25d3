import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference, seededNumbers } from '../src/check/compare.js';
import { openOnnx, type FloatArray } from '../src/check/run-onnx.js';
import { convertFaceApi, isFaceApiArchitecture } from '../src/face-api/architectures.js';
import { readModelJson } from '../src/tfjs/model-json.js';
import { readWeights, type WeightData } from '../src/tfjs/weights.js';
import { loadFaceApi, type FaceApi } from './support/face-api.js';
import { fetchFiles, recipeOf } from './support/npm-files.js';

type Loadable = InstanceType<FaceApi['FaceRecognitionNet'] | FaceApi['SsdMobilenetv1']>;

interface Net {
  readonly recipe: string;
  readonly side: number;
  readonly mean: readonly [number, number, number];
  readonly std: number;
  /** Runs face-api's own net on pixels and gives its outputs as the converted graph should. */
  readonly reference: (
    api: FaceApi,
    load: (net: Pick<Loadable, 'loadFromWeightMap'>) => void,
    pixels: tf.Tensor3D,
  ) => Promise<Record<string, FloatArray>>;
}

/** Preprocessing of face-api 1.7.15: the nets subtract these means and divide by 255 (older releases: by 256). */
const RECOGNITION_MEAN = [122.782, 117.001, 104.298] as const;

async function floats(tensor: tf.Tensor): Promise<FloatArray> {
  return { dims: tensor.shape, data: Float32Array.from(await tensor.data()) };
}

const plain =
  (make: (api: FaceApi) => InstanceType<FaceApi['FaceRecognitionNet']>, output: string): Net['reference'] =>
  async (api, load, pixels) => {
    const net = make(api);
    load(net);
    return { [output]: await floats(await net.forward(await api.toNetInput(pixels))) };
  };

const NETS: readonly Net[] = [
  {
    recipe: 'dlib-resnet-128',
    side: 150,
    mean: RECOGNITION_MEAN,
    std: 255,
    reference: plain((api) => new api.FaceRecognitionNet(), 'embedding'),
  },
  {
    recipe: 'face-api-landmark-68',
    side: 112,
    mean: RECOGNITION_MEAN,
    std: 255,
    reference: plain((api) => new api.FaceLandmark68Net(), 'landmarks'),
  },
  {
    recipe: 'face-api-landmark-68-tiny',
    side: 112,
    mean: RECOGNITION_MEAN,
    std: 255,
    reference: plain((api) => new api.FaceLandmark68TinyNet(), 'landmarks'),
  },
  {
    recipe: 'face-api-tiny-detector',
    side: 416,
    mean: [117.001, 114.697, 97.404],
    std: 255,
    async reference(api, load, pixels) {
      const net = new api.TinyFaceDetector();
      load(net);
      const raw = await net.forward(await api.toNetInput(pixels), 416);
      // A threshold of 0 keeps every box, in the order of the grid.
      const found = await net.extractBoxes(raw, { width: 416, height: 416 }, 0);
      return {
        boxes: {
          dims: [1, found.length, 4],
          data: Float32Array.from(found.flatMap(({ box }) => [box.left, box.top, box.right, box.bottom])),
        },
        scores: {
          dims: [1, found.length, 2],
          data: Float32Array.from(found.flatMap(({ score }) => [1 - score, score])),
        },
      };
    },
  },
  {
    recipe: 'face-api-ssd-mobilenet',
    side: 512,
    mean: [127.5, 127.5, 127.5],
    std: 127.5,
    async reference(api, load, pixels) {
      const net = new api.SsdMobilenetv1();
      load(net);
      const { boxes, scores } = await net.forward(await api.toNetInput(pixels));
      const [box, score] = [boxes[0], scores[0]];
      if (box === undefined || score === undefined) throw new Error('no output');
      const corners = await box.data();
      const values = Array.from(await score.data());
      return {
        // face-api has top, left, bottom, right.
        boxes: {
          dims: [1, values.length, 4],
          data: Float32Array.from(corners, (_, i) => corners[(i & ~3) | ((i & 3) ^ 1)] ?? Number.NaN),
        },
        scores: { dims: [1, values.length, 2], data: Float32Array.from(values.flatMap((s) => [1 - s, s])) },
      };
    },
  },
];

function toTensors(weights: ReadonlyMap<string, WeightData>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...weights].map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, [...shape], dtype)]),
  );
}

describe("face-api's nets in ONNX give what face-api gives", () => {
  it.for(NETS)(
    '$recipe',
    { timeout: 240_000 },
    async ({ recipe: id, side, mean, std, reference }, { skip }) => {
      const recipe = recipeOf(id);
      const bundle = {
        id: 'face-api',
        sources: ['npm:@vladmandic/face-api@1.7.15/dist/face-api.node-wasm.js'],
      };
      const fetched = await fetchFiles([...recipe.sources, bundle]);
      if (fetched.missing !== undefined) return skip(fetched.missing);
      const [json, bin, source] = fetched.files;
      if (json === undefined || bin === undefined || source === undefined)
        throw new Error('three files were expected');
      const parsed = readModelJson(new TextDecoder().decode(json), id);
      if (parsed.kind !== 'weights' || !isFaceApiArchitecture(recipe.architecture))
        throw new Error('bare weights');
      const weights = readWeights(
        parsed.manifest.flatMap((group) => group.weights),
        bin,
      );

      const pixels = seededNumbers(5, side * side * 3, 0, 256).map(Math.floor);
      const api = await loadFaceApi(new TextDecoder().decode(source));
      const expected = await reference(
        api,
        (net) => net.loadFromWeightMap(toTensors(weights)),
        tf.tensor3d(pixels, [side, side, 3]),
      );

      const { bytes, fixedBatch } = convertFaceApi(recipe.architecture, weights, recipe.options?.side);
      expect(fixedBatch).toBeUndefined();
      // Conversion is deterministic: cards and the cache rely on it.
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(recipe.sha256);
      const input = new Float32Array(pixels.length);
      pixels.forEach((value, i) => {
        const channel = i % 3;
        input[channel * side * side + Math.floor(i / 3)] = (value - (mean[channel] ?? 0)) / std;
      });
      await using onnx = await openOnnx(bytes);
      const actual = await onnx.run({ input: { dims: [1, 3, side, side], data: input } });
      expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
      for (const [name, wanted] of Object.entries(expected)) {
        const { maxAbs, cosine, scale } = difference(
          wanted,
          actual[name] ?? { dims: [], data: new Float32Array() },
        );
        expect(maxAbs).toBeLessThanOrEqual(1e-5 * Math.max(1, scale));
        expect(cosine).toBeGreaterThan(0.99999);
      }
    },
  );

  it('refuses weights of another net', () => {
    const weights = new Map<string, WeightData>([
      ['fc', { dtype: 'float32', shape: [1], data: new Float32Array(1) }],
    ]);
    expect(() => convertFaceApi('face_recognition_model', weights)).toThrow(/no conv32_down\/conv\/filters/);
  });
});
