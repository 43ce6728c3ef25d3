import { describe, expect, it } from 'vitest';
import { difference } from '../src/check/compare.js';
import { sample } from '../src/check/batch.js';
import { openOnnx } from '../src/check/run-onnx.js';
import { readModel } from '../src/onnx/codec.js';
import { float, int, ints } from '../src/onnx/node.js';
import { cleanModel } from '../src/rewrite/clean.js';
import { sampleShapes } from '../src/check/verify-batch.js';
import { fetchFiles } from './support/npm-files.js';
import { OnnxGraph } from './support/onnx-graph.js';

/** Runs both models on the same sample; the largest difference over all outputs. */
async function apart(before: Uint8Array, after: Uint8Array): Promise<number> {
  await using one = await openOnnx(before);
  await using two = await openOnnx(after);
  expect(two.inputNames).toEqual(one.inputNames);
  expect(two.outputNames).toEqual(one.outputNames);
  const feeds = sample(sampleShapes(before), 9);
  const [a, b] = [await one.run(feeds), await two.run(feeds)];
  return Math.max(...Object.entries(a).map(([name, value]) => difference(value, b[name] ?? value).maxAbs));
}

const operators = (bytes: Uint8Array) => readModel(bytes).graph.node.map(({ opType }) => opType);

const conv = (graph: OnnxGraph) =>
  graph
    .input('x', [1, 4, 5, 5])
    .random('w', [6, 4, 3, 3])
    .node('Conv', ['x', 'w'], 'c', { kernel_shape: ints([3, 3]) });

describe('cleanModel', () => {
  it('folds batch normalisation, a shift and a scale into a convolution', async () => {
    const bytes = conv(new OnnxGraph())
      .random('gamma', [6])
      .random('beta', [6])
      .random('mean', [6])
      .random('variance', [6], 0.5, 2)
      .node('BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], 'n', { epsilon: float(1e-3) })
      .random('shift', [6, 1, 1])
      .node('Sub', ['shift', 'n'], 's')
      .random('scale', [1, 6, 1, 1])
      .node('Mul', ['s', 'scale'], 'y')
      .output('y', [1, 6, 3, 3])
      .finish();
    const { bytes: cleaned, report } = cleanModel(bytes);
    expect(operators(cleaned)).toEqual(['Conv']);
    expect(report.folded).toBe(3);
    expect(readModel(cleaned).graph.initializer).toHaveLength(2);
    expect(await apart(bytes, cleaned)).toBeLessThan(1e-5);
  });

  it('leaves alone what is not per channel, is used twice, or is an output', async () => {
    const bytes = conv(new OnnxGraph())
      .random('map', [3, 3])
      .node('Add', ['c', 'map'], 'a')
      .random('k', [6, 1, 1])
      .node('Mul', ['c', 'k'], 'b')
      .node('Add', ['a', 'b'], 'y')
      .output('y', [1, 6, 3, 3])
      .finish();
    const { bytes: cleaned, report } = cleanModel(bytes);
    expect(report.folded).toBe(0);
    expect(await apart(bytes, cleaned)).toBe(0);
  });

  it('does not fold into weights that another convolution uses as they are', async () => {
    const bytes = conv(new OnnxGraph())
      .node('Conv', ['x', 'w'], 'd', { kernel_shape: ints([3, 3]) })
      .random('k', [6, 1, 1])
      .node('Mul', ['c', 'k'], 'e')
      .node('Add', ['e', 'd'], 'y')
      .output('y', [1, 6, 3, 3])
      .finish();
    const { bytes: cleaned, report } = cleanModel(bytes);
    expect(report.folded).toBe(1);
    expect(await apart(bytes, cleaned)).toBeLessThan(1e-5);
  });

  it('drops identities, dead nodes and dead weights, and keeps the names of inputs and outputs', async () => {
    const bytes = conv(new OnnxGraph())
      .random('unused', [100])
      .node('Identity', ['c'], 'i')
      .node('Relu', ['i'], 'r')
      .node('Sqrt', ['i'], 'nobody')
      .node('Identity', ['r'], 'y')
      .output('y', [1, 6, 3, 3])
      .finish();
    const { bytes: cleaned, report } = cleanModel(bytes);
    expect(operators(cleaned)).toEqual(['Conv', 'Relu']);
    expect(report).toMatchObject({ identities: 2, deadNodes: 1, deadInitializers: 1 });
    expect(await apart(bytes, cleaned)).toBe(0);
  });

  it('keeps an identity that hands an input out', async () => {
    const bytes = new OnnxGraph()
      .input('x', [1, 3])
      .node('Identity', ['x'], 'y')
      .output('y', [1, 3])
      .finish();
    expect(await apart(bytes, cleanModel(bytes).bytes)).toBe(0);
  });

  describe('PReLU', () => {
    const spelt = (clippedFirst: boolean) => {
      const graph = conv(new OnnxGraph()).random('alpha', [6, 1, 1]).node('Relu', ['c'], 'r');
      const x = clippedFirst ? 'r' : 'c';
      return graph
        .node('Abs', [x], 'a')
        .node('Sub', [x, 'a'], 's')
        .node('Mul', ['alpha', 's'], 'm')
        .node('Add', ['m', 'r'], 'y')
        .output('y', [1, 6, 3, 3])
        .finish();
    };

    it('spelt with Abs becomes one operator', async () => {
      const bytes = spelt(false);
      const { bytes: cleaned } = cleanModel(bytes);
      expect(operators(cleaned)).toEqual(['Conv', 'PRelu']);
      expect(await apart(bytes, cleaned)).toBeLessThan(1e-6);
    });

    it('spelt with Max and Min becomes one operator', async () => {
      const bytes = conv(new OnnxGraph())
        .random('alpha', [6, 1, 1])
        .floats('zero', [], [0])
        .node('Max', ['c', 'zero'], 'p')
        .node('Min', ['zero', 'c'], 'n')
        .node('Mul', ['n', 'alpha'], 'm')
        .node('Add', ['p', 'm'], 'y')
        .output('y', [1, 6, 3, 3])
        .finish();
      const { bytes: cleaned } = cleanModel(bytes);
      expect(operators(cleaned)).toEqual(['Conv', 'PRelu']);
      expect(await apart(bytes, cleaned)).toBeLessThan(1e-6);
    });

    it('whose negative side was lost is dropped, or restored when asked', async () => {
      const broken = spelt(true);
      const dropped = cleanModel(broken).bytes;
      expect(operators(dropped)).toEqual(['Conv', 'Relu']);
      expect(await apart(broken, dropped)).toBe(0);
      // The trained net is the same spelling with the unclipped value.
      const restored = cleanModel(broken, 'x', { lostPRelu: 'restore' }).bytes;
      expect(await apart(spelt(false), restored)).toBeLessThan(1e-6);
      expect(await apart(broken, restored)).toBeGreaterThan(1e-3);
    });
  });

  it('cleans a real file whose constants are inputs', async ({ skip }) => {
    const fetched = await fetchFiles([
      { id: 'fr_age', sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_age.onnx'] },
    ]);
    if (fetched.missing !== undefined) return skip(fetched.missing);
    for (const bytes of fetched.files) {
      const { bytes: cleaned, report } = cleanModel(bytes);
      expect(report).toMatchObject({ constantsOutOfInputs: 104, constantNodes: 12, folded: 8 });
      expect(readModel(cleaned).graph.input).toHaveLength(1);
      expect(await apart(bytes, cleaned)).toBeLessThan(1e-5);
    }
  });
});

describe('ONNX files', () => {
  it('keep fields that this code does not know', () => {
    const plain = new OnnxGraph()
      .input('x', [1])
      .node('Relu', ['x'], 'y', { axis: int(1) })
      .output('y', [1])
      .finish();
    // ModelProto.functions is field 25 (wire type 2: tag 25 << 3 | 2 = 202 = 0xca 0x01), here of 3 bytes.
    const extended = Uint8Array.of(...plain, 0xca, 0x01, 3, 0x0a, 1, 0x66);
    const written = cleanModel(extended).bytes;
    expect(Buffer.from(written).includes(Buffer.of(0xca, 0x01, 3, 0x0a, 1, 0x66))).toBe(true);
  });
});
