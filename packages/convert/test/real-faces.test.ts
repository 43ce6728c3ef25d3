import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SharpCodec } from '@fr-stream/backend-node';
import { warpAffine } from '@fr-stream/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../src/check/compare.js';
import { openOnnx } from '../src/check/run-onnx.js';
import { convertFiles } from '../src/convert-files.js';
import { convertFaceApi } from '../src/face-api/architectures.js';
import { readModelJson } from '../src/tfjs/model-json.js';
import { readWeights } from '../src/tfjs/weights.js';
import { loadFaceApi } from './support/face-api.js';
import { fetchFiles, recipeOf } from './support/npm-files.js';
import { runTfjs, toNchw, type TfInput } from './support/tfjs.js';

const LFW = resolve(import.meta.dirname, '../../../../shared/data/lfw-dev');
const PHOTOS = ['Adel_Al-Jubeir/Adel_Al-Jubeir_0001.jpg', 'Abdullatif_Sener/Abdullatif_Sener_0001.jpg'];

/** The middle 126x126 of a funnelled 250x250 picture, which is the face, as RGB pixels (NHWC, 0..255). */
async function face(photo: string, side: number): Promise<TfInput> {
  const { image } = await new SharpCodec().decode(resolve(LFW, photo));
  const scale = side / 126;
  const crop = warpAffine(image, [scale, 0, -62 * scale, 0, scale, -62 * scale], side, side);
  return { dims: [1, side, side, 3], data: Float32Array.from(crop.data) };
}

describe('embeddings of real faces', () => {
  it.for(['mobileface-256', 'mobilefacenet-192'])('%s is what TensorFlow.js gives', async (id, { skip }) => {
    if (!existsSync(LFW)) return skip(`${LFW} is not here`);
    const recipe = recipeOf(id);
    const fetched = await fetchFiles(recipe.sources);
    if (fetched.missing !== undefined) return skip(fetched.missing);
    const [json, weights] = fetched.files;
    if (json === undefined || weights === undefined) throw new Error('two files were expected');
    const text = new TextDecoder().decode(json);
    const parsed = readModelJson(text, id);
    if (parsed.kind !== 'graph') throw new Error('a graph was expected');
    const [output] = parsed.graph.outputs.values();
    await using onnx = await openOnnx(convertFiles(recipe.architecture, [json, weights], id).bytes);
    const [input = ''] = onnx.inputNames;
    for (const photo of PHOTOS) {
      const { dims, data } = await face(photo, 112);
      // mobileface normalises in its graph.
      const feed = {
        dims,
        data: id === 'mobileface-256' ? data : data.map((value) => (value - 127.5) / 128),
      };
      const [expected] = await runTfjs(text, weights, { [input]: feed }, [output ?? '']);
      const [actual] = Object.values(await onnx.run({ [input]: toNchw(feed) }));
      if (expected === undefined || actual === undefined) throw new Error('no output');
      expect(difference(expected, actual).cosine).toBeGreaterThanOrEqual(0.99999);
    }
  });

  it('dlib-resnet-128 is what face-api gives', async ({ skip }) => {
    if (!existsSync(LFW)) return skip(`${LFW} is not here`);
    const bundle = {
      id: 'face-api',
      sources: ['npm:@vladmandic/face-api@1.7.15/dist/face-api.node-wasm.js'],
    };
    const fetched = await fetchFiles([...recipeOf('dlib-resnet-128').sources, bundle]);
    if (fetched.missing !== undefined) return skip(fetched.missing);
    const [json, bin, source] = fetched.files;
    if (json === undefined || bin === undefined || source === undefined)
      throw new Error('three files were expected');
    const parsed = readModelJson(new TextDecoder().decode(json), 'dlib');
    if (parsed.kind !== 'weights') throw new Error('bare weights were expected');
    const weights = readWeights(
      parsed.manifest.flatMap((group) => group.weights),
      bin,
    );
    const api = await loadFaceApi(new TextDecoder().decode(source));
    const net = new api.FaceRecognitionNet();
    net.loadFromWeightMap(
      Object.fromEntries([...weights].map(([name, w]) => [name, tf.tensor(w.data, [...w.shape], w.dtype)])),
    );
    await using onnx = await openOnnx(convertFaceApi('face_recognition_model', weights).bytes);
    const means = [122.782, 117.001, 104.298];
    for (const photo of PHOTOS) {
      const { dims, data } = await face(photo, 150);
      const reference = await net.forward(await api.toNetInput(tf.tensor3d(data, [150, 150, 3])));
      const input = toNchw({ dims, data: data.map((value, i) => (value - (means[i % 3] ?? 0)) / 255) });
      const { embedding } = await onnx.run({ input });
      if (embedding === undefined) throw new Error('no output');
      const expected = { dims: reference.shape, data: Float32Array.from(await reference.data()) };
      const { cosine, maxAbs } = difference(expected, embedding);
      expect(cosine).toBeGreaterThanOrEqual(0.99999);
      expect(maxAbs).toBeLessThan(1e-5);
    }
  });
});
