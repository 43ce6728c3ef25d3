import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { FloatArray } from '../../src/check/run-onnx.js';

/** One input of a net, channels last as TensorFlow has it. */
export interface TfInput {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Runs a TensorFlow.js graph model with TensorFlow.js itself (its own JavaScript backend). */
export async function runTfjs(
  json: string,
  weights: Uint8Array,
  feeds: Readonly<Record<string, TfInput>>,
  outputs: readonly string[],
): Promise<FloatArray[]> {
  await tf.setBackend('cpu');
  const artifacts: unknown = JSON.parse(json);
  if (!isModelJson(artifacts)) throw new TypeError('not a model.json');
  const loaded: tf.io.ModelArtifacts = {
    modelTopology: artifacts.modelTopology,
    weightSpecs: artifacts.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(weights).buffer,
  };
  if (artifacts.signature !== undefined) loaded.signature = artifacts.signature;
  if (artifacts.userDefinedMetadata !== undefined) loaded.userDefinedMetadata = artifacts.userDefinedMetadata;
  const model = await loadGraphModel({ load: () => Promise.resolve(loaded) });
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]) => [name, tf.tensor(data, [...dims], 'float32')]),
  );
  const result = model.execute(tensors, [...outputs]);
  const list = Array.isArray(result) ? result : [result];
  const values = await Promise.all(
    list.map(async (each) => ({ dims: each.shape, data: Float32Array.from(await each.data()) })),
  );
  model.dispose();
  tf.disposeVariables();
  return values;
}

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
  readonly signature?: object;
  readonly userDefinedMetadata?: Record<string, object>;
}

function isModelJson(value: unknown): value is ModelJson {
  return (
    typeof value === 'object' && value !== null && 'modelTopology' in value && 'weightsManifest' in value
  );
}

/** NHWC to NCHW for tensors of four dimensions, others as they are. Written out, so that it is its own reference. */
export function toNchw({ dims, data }: TfInput): FloatArray {
  const [n, h, w, c] = dims;
  if (n === undefined || h === undefined || w === undefined || c === undefined) return { dims, data };
  const result = new Float32Array(data.length);
  for (let b = 0; b < n; b++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let k = 0; k < c; k++)
          result[((b * c + k) * h + y) * w + x] = data[((b * h + y) * w + x) * c + k] ?? Number.NaN;
  return { dims: [n, c, h, w], data: result };
}
