import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { difference, seededNumbers } from '../src/check/compare.js';
import { openOnnx } from '../src/check/run-onnx.js';
import { convertFiles } from '../src/convert-files.js';
import { readModelJson } from '../src/tfjs/model-json.js';
import { verifyBatch } from '../src/check/verify-batch.js';
import { fetchFiles, recipeOf } from './support/npm-files.js';
import { runTfjs, toNchw } from './support/tfjs.js';

/** Recipe, graph input, its side, and which output is an embedding. */
const NETS = [
  { id: 'mobilefacenet-192', input: 'img_inputs', side: 112 },
  { id: 'mobileface-256', input: 'data', side: 112 },
  { id: 'blazeface-short-128', input: 'input', side: 128 },
  { id: 'blazeface-full-192', input: 'input', side: 192 },
  { id: 'face-mesh-468', input: 'input_1', side: 192 },
] as const;

describe('whole TensorFlow.js nets in ONNX give what TensorFlow.js gives', () => {
  it.for(NETS)('$id', async ({ id, input, side }, { skip }) => {
    const recipe = recipeOf(id);
    const fetched = await fetchFiles(recipe.sources);
    if (fetched.missing !== undefined) return skip(fetched.missing);
    const [json, weights] = fetched.files;
    if (json === undefined || weights === undefined) throw new Error('two files were expected');
    const { bytes, fixedBatch } = convertFiles(recipe.architecture, [json, weights], id, recipe.options);
    expect(fixedBatch).toBeUndefined();
    // Conversion is deterministic: cards and the cache rely on it.
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(recipe.sha256);

    const text = new TextDecoder().decode(json);
    const parsed = readModelJson(text, id);
    if (parsed.kind !== 'graph') throw new Error('a graph was expected');
    const feed = { dims: [1, side, side, 3], data: seededNumbers(11, side * side * 3) };
    const sources = [...parsed.graph.outputs.values()];
    const expected = await runTfjs(text, weights, { [input]: feed }, sources);
    await using onnx = await openOnnx(bytes);
    const actual = await onnx.run({ [input]: toNchw(feed) });
    for (const [i, name] of [...parsed.graph.outputs.keys()].entries()) {
      const reference = expected[i];
      const other = actual[name.replace(/:0$/, '')];
      if (reference === undefined || other === undefined) throw new Error(`no output ${name}`);
      const { maxAbs, cosine, scale } = difference(reference, other);
      expect(maxAbs).toBeLessThanOrEqual(1e-5 * Math.max(1, scale));
      expect(cosine).toBeGreaterThan(0.999999);
    }
    expect(await verifyBatch(bytes, bytes)).toBeLessThan(1e-5);
  });
});
