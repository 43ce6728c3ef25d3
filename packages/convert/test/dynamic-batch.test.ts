import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../src/onnx/codec.js';
import { dimsOf, int, ints } from '../src/onnx/node.js';
import { dynamicBatch } from '../src/rewrite/dynamic-batch.js';
import { verifyBatch } from '../src/check/verify-batch.js';
import { fetchFiles } from './support/npm-files.js';
import { OnnxGraph } from './support/onnx-graph.js';

interface Case {
  readonly name: string;
  readonly graph: OnnxGraph;
}

const image = (opset?: number) => new OnnxGraph(opset).input('x', [1, 4, 3, 3]);

const FREE: readonly Case[] = [
  {
    name: 'a reshape to [1, -1]',
    graph: image().ints('s', [1, -1]).node('Reshape', ['x', 's'], 'y').output('y', [1, 36]),
  },
  {
    name: 'a reshape to [1, 36]',
    graph: image().ints('s', [1, 36]).node('Reshape', ['x', 's'], 'y').output('y', [1, 36]),
  },
  {
    name: 'a reshape to [-1, 36], which holds one sample exactly',
    graph: image().ints('s', [-1, 36]).node('Reshape', ['x', 's'], 'y').output('y', [1, 36]),
  },
  {
    name: 'a shape that two reshapes share',
    graph: image()
      .ints('s', [1, -1])
      .node('Reshape', ['x', 's'], 'a')
      .node('Relu', ['x'], 'r')
      .node('Reshape', ['r', 's'], 'b')
      .node('Add', ['a', 'b'], 'y')
      .output('y', [1, 36]),
  },
  {
    name: 'a channel shuffle: reshape, transpose, reshape',
    graph: image()
      .ints('s5', [1, 2, 2, 3, 3])
      .ints('s4', [1, -1, 3, 3])
      .node('Reshape', ['x', 's5'], 'a')
      .node('Transpose', ['a'], 'b', { perm: ints([0, 2, 1, 3, 4]) })
      .node('Reshape', ['b', 's4'], 'y')
      .output('y', [1, 4, 3, 3]),
  },
  {
    name: 'a shape computed from the input with a fixed 1',
    graph: image()
      .node('Shape', ['x'], 'shape')
      .ints('second', [1])
      .node('Gather', ['shape', 'second'], 'channels', { axis: int(0) })
      .ints('one', [1])
      .ints('rest', [-1])
      .node('Concat', ['one', 'channels', 'rest'], 's', { axis: int(0) })
      .node('Reshape', ['x', 's'], 'y')
      .output('y', [1, 4, 9]),
  },
  {
    name: 'a flattened picture, a matrix and a bias',
    graph: image()
      .node('Flatten', ['x'], 'f', { axis: int(1) })
      .random('w', [36, 5])
      .random('b', [1, 5])
      .node('Gemm', ['f', 'w', 'b'], 'y')
      .output('y', [1, 5]),
  },
  {
    name: 'a batch that moves and comes back',
    graph: image()
      .node('Transpose', ['x'], 't', { perm: ints([2, 3, 0, 1]) })
      .random('c', [3, 3, 1, 4])
      .node('Mul', ['t', 'c'], 'm')
      .node('Transpose', ['m'], 'y', { perm: ints([2, 3, 0, 1]) })
      .output('y', [1, 4, 3, 3]),
  },
  {
    name: 'softmax over channels in the old and the new meaning',
    graph: image(11)
      .node('GlobalAveragePool', ['x'], 'p')
      .node('Flatten', ['p'], 'f', { axis: int(1) })
      .node('Softmax', ['f'], 'y')
      .output('y', [1, 4]),
  },
  {
    name: 'constants among the inputs (IR version 3)',
    graph: new OnnxGraph(9, 3)
      .input('x', [1, 4, 3, 3])
      .intInput('s', [2])
      .ints('s', [1, -1])
      .node('Reshape', ['x', 's'], 'y')
      .output('y', [1, 36]),
  },
];

const BLOCKED: readonly (Case & { readonly reason: RegExp })[] = [
  {
    name: 'a reshape that runs samples together',
    graph: image().ints('s', [-1, 4]).node('Reshape', ['x', 's'], 'y').output('y', [9, 4]),
    reason: /Reshape y: .*\[-1, 4\].*36 values of each sample/,
  },
  {
    name: 'a reshape after the batch was moved',
    graph: image()
      .node('Transpose', ['x'], 't', { perm: ints([2, 3, 0, 1]) })
      .ints('s', [9, 4])
      .node('Reshape', ['t', 's'], 'y')
      .output('y', [9, 4]),
    reason: /Reshape y: the batch is not the first dimension/,
  },
  {
    name: 'a mean over the batch',
    graph: image()
      .node('ReduceMean', ['x'], 'y', { axes: ints([0]) })
      .output('y', [1, 4, 3, 3]),
    reason: /ReduceMean y: it reduces over the batch/,
  },
  {
    name: 'a mean over everything',
    graph: image().node('ReduceMean', ['x'], 'y').output('y', [1, 1, 1, 1]),
    reason: /reduces over the batch/,
  },
  {
    name: 'old softmax from axis 0',
    graph: image(11)
      .node('Softmax', ['x'], 'y', { axis: int(0) })
      .output('y', [1, 4, 3, 3]),
    reason: /normalises over the batch/,
  },
  {
    name: 'a constant joined to each sample',
    graph: image()
      .random('c', [1, 4, 3, 3])
      .node('Concat', ['x', 'c'], 'y', { axis: int(1) })
      .output('y', [1, 8, 3, 3]),
    reason: /Concat y: it joins values that follow the batch with values that do not/,
  },
  {
    name: 'samples joined along the batch',
    graph: image()
      .node('Concat', ['x', 'x'], 'y', { axis: int(0) })
      .output('y', [2, 4, 3, 3]),
    reason: /joins along the batch/,
  },
  {
    name: 'the first sample taken out',
    graph: image()
      .ints('zero', [0], [])
      .node('Gather', ['x', 'zero'], 'y', { axis: int(0) })
      .output('y', [4, 3, 3]),
    reason: /picks single samples/,
  },
  {
    name: 'all dimensions of 1 dropped',
    graph: image().node('Squeeze', ['x'], 'y').output('y', [4, 3, 3]),
    reason: /would drop the batch/,
  },
  {
    name: 'an operator that is not known',
    graph: image().node('CumSum', ['x', 'zero'], 'y').ints('zero', [0], []).output('y', [1, 4, 3, 3]),
    reason: /CumSum y: .*not known/,
  },
  {
    name: 'arithmetic with the batch size',
    graph: image()
      .node('Shape', ['x'], 'shape')
      .node('Cast', ['shape'], 'f', { to: int(1) })
      .node('Sqrt', ['f'], 'y')
      .output('y', [4]),
    reason: /computes with the batch size/,
  },
  {
    name: 'an input fixed to 4 samples',
    graph: new OnnxGraph().input('x', [4, 3]).node('Relu', ['x'], 'y').output('y', [4, 3]),
    reason: /input x is fixed to 4 samples/,
  },
];

describe('dynamicBatch', () => {
  it.each(FREE)('frees $name', async ({ graph }) => {
    const bytes = graph.finish();
    const result = dynamicBatch(bytes);
    if (!result.ok) throw new Error(result.reason);
    const model = readModel(result.bytes);
    expect(model.graph.input.map((each) => dimsOf(each)?.[0])).toEqual(['batch']);
    expect(model.graph.output.map((each) => dimsOf(each)?.[0])).toEqual(['batch']);
    expect(await verifyBatch(bytes, result.bytes)).toBeLessThan(1e-6);
    // Once free, there is nothing left to do.
    expect(dynamicBatch(result.bytes)).toMatchObject({ ok: true, changed: false });
  });

  it.each(BLOCKED)('refuses $name', ({ graph, reason }) => {
    const result = dynamicBatch(graph.finish());
    expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string });
  });

  it('refuses bytes that are no model', () => {
    expect(() => dynamicBatch(new TextEncoder().encode('<html>not found</html>'), 'x.onnx')).toThrow(
      /x\.onnx: not an/,
    );
  });
});

const FACEPLUGIN = 'npm:faceplugin-face-recognition-js@0.0.1/model';
const NPM_MODELS = [
  'fr_feature',
  'fr_landmark',
  'fr_detect',
  'fr_pose',
  'fr_liveness',
  'fr_eye',
  'fr_age',
  'fr_gender',
];
const SHARED = resolve(import.meta.dirname, '../../../../shared/models');
const SHARED_MODELS = [
  'mobilefacenet_128',
  'face_detection_yunet_2023mar',
  'yunet_n_dynamic',
  'scrfd_500m_kps',
];

describe('dynamicBatch on real models', () => {
  it.for(NPM_MODELS)('%s', async (name, { skip }) => {
    const fetched = await fetchFiles([{ id: name, sources: [`${FACEPLUGIN}/${name}.onnx`] }]);
    if (fetched.missing !== undefined) return skip(fetched.missing);
    for (const bytes of fetched.files) await expectFree(bytes);
  });

  it.for(SHARED_MODELS)('%s', async (name, { skip }) => {
    const path = resolve(SHARED, `${name}.onnx`);
    if (!existsSync(path)) return skip(`${path} is not here`);
    await expectFree(await readFile(path));
  });

  it('scrfd_2.5g_bnkps is refused: it runs all anchors of all samples into one list', async ({ skip }) => {
    const path = resolve(SHARED, 'scrfd_2.5g_bnkps.onnx');
    if (!existsSync(path)) return skip(`${path} is not here`);
    expect(dynamicBatch(await readFile(path))).toMatchObject({ ok: false });
  });
});

async function expectFree(bytes: Uint8Array): Promise<void> {
  const result = dynamicBatch(bytes);
  if (!result.ok) throw new Error(result.reason);
  expect(await verifyBatch(bytes, result.bytes)).toBeLessThan(1e-5);
}
