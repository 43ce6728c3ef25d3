import { describe, expect, it } from 'vitest';
import { difference, seededNumbers } from '../src/check/compare.js';
import { openOnnx } from '../src/check/run-onnx.js';
import { ConversionError } from '../src/conversion-error.js';
import { convertFiles } from '../src/convert-files.js';
import { attr, GraphJson } from './support/graph-json.js';
import { runTfjs, toNchw } from './support/tfjs.js';

interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly build: (graph: GraphJson) => GraphJson;
  readonly outputs?: readonly string[];
  /** Range of the input's values. Default -1 to 1. */
  readonly range?: readonly [number, number];
  readonly fixedBatch?: boolean;
}

const conv = (padding: string, stride: number, more: object = {}) => ({
  padding: attr.text(padding),
  strides: attr.ints([1, stride, stride, 1]),
  dilations: attr.ints([1, 1, 1, 1]),
  data_format: attr.text('NHWC'),
  ...more,
});
const pool = (padding: string, size: number, stride: number) => ({
  padding: attr.text(padding),
  ksize: attr.ints([1, size, size, 1]),
  strides: attr.ints([1, stride, stride, 1]),
  data_format: attr.text('NHWC'),
});

/** Sides of 7 and 8: SAME with stride 2 pads one pixel, or one only below and to the right. */
const IMAGE = [1, 7, 8, 4] as const;

const one = (op: string, range?: readonly [number, number]): Case => ({
  name: op,
  input: IMAGE,
  build: (g) => g.node(op, 'y', ['x']),
  ...(range === undefined ? {} : { range }),
});

const two = (op: string, constant: readonly number[], range: readonly [number, number] = [-1, 1]): Case => ({
  name: `${op} with a constant of shape [${constant.join()}]`,
  input: IMAGE,
  build: (g) => g.random('c', constant, ...range).node(op, 'y', ['x', 'c']),
  range,
});

const reduction = (op: string, axes: readonly number[], keep: boolean): Case => ({
  name: `${op} over ${axes.join()}${keep ? ', kept' : ''}`,
  input: IMAGE,
  build: (g) => g.ints('axes', axes).node(op, 'y', ['x', 'axes'], { keep_dims: attr.bool(keep) }),
});

const convolutions: Case[] = ['SAME', 'VALID'].flatMap((padding) =>
  [1, 2].flatMap((stride): Case[] => [
    {
      name: `Conv2D ${padding} stride ${stride}`,
      input: IMAGE,
      build: (g) => g.random('w', [3, 3, 4, 5]).node('Conv2D', 'y', ['x', 'w'], conv(padding, stride)),
    },
    {
      name: `Conv2D with an even filter, ${padding} stride ${stride}`,
      input: IMAGE,
      build: (g) => g.random('w', [2, 4, 4, 3]).node('Conv2D', 'y', ['x', 'w'], conv(padding, stride)),
    },
    {
      name: `DepthwiseConv2dNative ${padding} stride ${stride}, two outputs per channel`,
      input: IMAGE,
      build: (g) =>
        g.random('w', [3, 3, 4, 2]).node('DepthwiseConv2dNative', 'y', ['x', 'w'], conv(padding, stride)),
    },
    {
      name: `MaxPool ${padding} stride ${stride}`,
      input: IMAGE,
      build: (g) => g.node('MaxPool', 'y', ['x'], pool(padding, 3, stride)),
      // All negative: padding with zeros instead of nothing would show.
      range: [-2, -1],
    },
    {
      name: `AvgPool ${padding} stride ${stride}`,
      input: IMAGE,
      build: (g) => g.node('AvgPool', 'y', ['x'], pool(padding, 3, stride)),
      range: [1, 2],
    },
  ]),
);

const fused = (op: string, filter: readonly number[], operations: readonly string[]): Case => ({
  name: `${op} with ${operations.join(' and ')}`,
  input: IMAGE,
  build: (g) => {
    const channels = op === '_FusedConv2D' ? (filter[3] ?? 0) : (filter[2] ?? 0) * (filter[3] ?? 0);
    g.random('w', filter).random('b', [channels]);
    const inputs = ['x', 'w', 'b'];
    if (operations.includes('Prelu')) {
      g.random('slope', [1, 1, channels]);
      inputs.push('slope');
    }
    return g.node(op, 'y', inputs, {
      ...conv('SAME', 2),
      fused_ops: attr.texts(operations),
      num_args: attr.int(inputs.length - 2),
      leakyrelu_alpha: attr.float(0.3),
    });
  },
});

const cases: readonly Case[] = [
  ...convolutions,
  {
    name: 'Conv2D with dilation 2',
    input: [1, 9, 10, 3],
    build: (g) =>
      g
        .random('w', [3, 3, 3, 4])
        .node('Conv2D', 'y', ['x', 'w'], conv('SAME', 1, { dilations: attr.ints([1, 2, 2, 1]) })),
  },
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Prelu'].map((each) =>
    fused('_FusedConv2D', [3, 3, 4, 5], ['BiasAdd', each]),
  ),
  fused('_FusedConv2D', [1, 1, 4, 6], ['BiasAdd']),
  fused('FusedDepthwiseConv2dNative', [3, 3, 4, 1], ['BiasAdd', 'Relu']),
  fused('FusedDepthwiseConv2dNative', [3, 3, 4, 1], ['BiasAdd', 'Prelu']),
  one('Relu'),
  one('Relu6', [-3, 9]),
  one('Elu'),
  one('Sigmoid', [-9, 9]),
  one('Tanh', [-3, 3]),
  one('Abs'),
  one('Neg'),
  one('Exp'),
  one('Log', [0.1, 3]),
  one('Sqrt', [0.1, 3]),
  one('Rsqrt', [0.1, 3]),
  one('Square'),
  one('Reciprocal', [0.5, 3]),
  one('Softmax', [-3, 3]),
  one('Identity'),
  { ...one('LeakyRelu'), build: (g) => g.node('LeakyRelu', 'y', ['x'], { alpha: attr.float(0.1) }) },
  two('Add', [4]),
  two('AddV2', [1, 1, 1, 4]),
  two('AddV2', [8, 1]),
  two('AddV2', []),
  two('BiasAdd', [4]),
  two('Sub', [4]),
  two('Mul', [7, 8, 4]),
  two('RealDiv', [4], [1, 2]),
  two('Maximum', [4]),
  two('Minimum', []),
  two('Pow', [], [1, 2]),
  two('SquaredDifference', [4]),
  two('Prelu', [1, 1, 4]),
  two('Prelu', [7, 8, 4]),
  {
    name: 'two images added after a convolution of one',
    input: IMAGE,
    build: (g) =>
      g
        .random('w', [3, 3, 4, 4])
        .node('Conv2D', 'a', ['x', 'w'], conv('SAME', 1))
        .node('AddN', 'y', ['a', 'x', 'a']),
  },
  {
    name: 'FusedBatchNormV3',
    input: IMAGE,
    build: (g) =>
      g
        .random('gamma', [4])
        .random('beta', [4])
        .random('mean', [4])
        .random('variance', [4], 0.5, 2)
        .node('FusedBatchNormV3', 'y', ['x', 'gamma', 'beta', 'mean', 'variance'], {
          epsilon: attr.float(0.001),
          is_training: attr.bool(false),
          data_format: attr.text('NHWC'),
        }),
  },
  reduction('Mean', [1, 2], false),
  reduction('Mean', [1, 2], true),
  reduction('Mean', [3], false),
  reduction('Sum', [2], true),
  reduction('Sum', [3], true),
  reduction('Max', [1, 2], false),
  reduction('Min', [1], false),
  reduction('Prod', [3], false),
  {
    name: 'Pad, uneven on all sides and in the channels',
    input: IMAGE,
    build: (g) => g.ints('p', [0, 0, 1, 2, 0, 3, 2, 1], [4, 2]).node('Pad', 'y', ['x', 'p']),
  },
  {
    name: 'PadV2 with a value',
    input: IMAGE,
    build: (g) =>
      g
        .ints('p', [0, 0, 1, 0, 0, 1, 0, 0], [4, 2])
        .floats('v', [], [2.5])
        .node('PadV2', 'y', ['x', 'p', 'v']),
  },
  {
    name: 'MirrorPad REFLECT',
    input: IMAGE,
    build: (g) =>
      g
        .ints('p', [0, 0, 1, 2, 2, 1, 0, 0], [4, 2])
        .node('MirrorPad', 'y', ['x', 'p'], { mode: attr.text('reflect') }),
  },
  {
    name: 'Reshape of an image, whose order of elements matters',
    input: IMAGE,
    build: (g) => g.ints('s', [1, -1, 2]).node('Reshape', 'y', ['x', 's']),
  },
  {
    name: 'Reshape after a convolution, to a shape computed from the input',
    input: IMAGE,
    build: (g) =>
      g
        .random('w', [1, 1, 4, 6])
        .node('Conv2D', 'a', ['x', 'w'], conv('VALID', 1))
        .node('Shape', 'shape', ['a'], { out_type: attr.type('DT_INT32') })
        .ints('zero', [0])
        .ints('first', [1])
        .ints('step', [1])
        .node('StridedSlice', 'n', ['shape', 'zero', 'first', 'step'], { shrink_axis_mask: attr.int(1) })
        .ints('places', [56], [])
        .ints('values', [6], [])
        .node('Pack', 's', ['n', 'places', 'values'], { N: attr.int(3), axis: attr.int(0) })
        .node('Reshape', 'y', ['a', 's']),
  },
  {
    name: 'Squeeze after a pool',
    input: IMAGE,
    build: (g) =>
      g
        .node('AvgPool', 'a', ['x'], {
          ...pool('VALID', 7, 1),
          ksize: attr.ints([1, 7, 8, 1]),
        })
        .node('Squeeze', 'y', ['a'], { squeeze_dims: attr.ints([1, 2]) }),
  },
  {
    name: 'ExpandDims and Tile',
    input: [1, 5],
    build: (g) =>
      g
        .ints('at', [-1], [])
        .node('ExpandDims', 'a', ['x', 'at'])
        .ints('times', [1, 1, 3])
        .node('Tile', 'y', ['a', 'times']),
  },
  {
    name: 'ConcatV2 of channels',
    input: IMAGE,
    build: (g) =>
      g
        .random('w', [3, 3, 4, 2])
        .node('Conv2D', 'a', ['x', 'w'], conv('SAME', 1))
        .ints('axis', [-1], [])
        .node('ConcatV2', 'y', ['a', 'x', 'axis'], { N: attr.int(2) }),
  },
  {
    name: 'ConcatV2 of rows',
    input: IMAGE,
    build: (g) =>
      g
        .node('Relu', 'a', ['x'])
        .ints('axis', [1], [])
        .node('ConcatV2', 'y', ['a', 'x', 'axis'], { N: attr.int(2) }),
  },
  {
    name: 'Split into channels, both parts used',
    input: IMAGE,
    build: (g) =>
      g
        .ints('axis', [3], [])
        .node('Split', 's', ['axis', 'x'], { num_split: attr.int(2) })
        .node('Sub', 'y', ['s:1', 's:0']),
  },
  {
    name: 'StridedSlice with steps',
    input: IMAGE,
    build: (g) =>
      g
        .ints('b', [0, 1, 0, 1])
        .ints('e', [0, 7, -1, 3])
        .ints('s', [1, 2, 3, 1])
        .node('StridedSlice', 'y', ['x', 'b', 'e', 's'], { begin_mask: attr.int(1), end_mask: attr.int(1) }),
  },
  {
    name: 'StridedSlice that drops a dimension',
    input: IMAGE,
    build: (g) =>
      g
        .ints('b', [0, 1, 0, 2])
        .ints('e', [0, 7, 0, 3])
        .ints('s', [1, 1, 1, 1])
        .node('StridedSlice', 'y', ['x', 'b', 'e', 's'], {
          begin_mask: attr.int(0b0101),
          end_mask: attr.int(0b0101),
          shrink_axis_mask: attr.int(0b1000),
        }),
  },
  {
    name: 'Slice',
    input: IMAGE,
    build: (g) => g.ints('b', [0, 2, 1, 0]).ints('s', [-1, 3, -1, 2]).node('Slice', 'y', ['x', 'b', 's']),
  },
  {
    name: 'Transpose of an image',
    input: IMAGE,
    build: (g) => g.ints('p', [0, 2, 1, 3]).node('Transpose', 'y', ['x', 'p']),
  },
  {
    name: 'GatherV2',
    input: [1, 6],
    build: (g) => g.ints('i', [4, 0, 4]).ints('a', [1], []).node('GatherV2', 'y', ['x', 'i', 'a']),
  },
  {
    name: 'DepthToSpace',
    input: [1, 3, 5, 8],
    build: (g) =>
      g.node('DepthToSpace', 'y', ['x'], { block_size: attr.int(2), data_format: attr.text('NHWC') }),
  },
  ...(
    [
      ['aligned corners', true, false],
      ['half-pixel centres', false, true],
      ['neither', false, false],
    ] as const
  ).map(([how, align, half]): Case => ({
    name: `ResizeBilinear, ${how}`,
    input: [1, 5, 6, 3],
    build: (g) =>
      g.ints('size', [11, 9]).node('ResizeBilinear', 'y', ['x', 'size'], {
        align_corners: attr.bool(align),
        half_pixel_centers: attr.bool(half),
      }),
  })),
  {
    name: 'ResizeNearestNeighbor',
    input: [1, 5, 6, 3],
    build: (g) =>
      g.ints('size', [10, 12]).node('ResizeNearestNeighbor', 'y', ['x', 'size'], {
        align_corners: attr.bool(false),
        half_pixel_centers: attr.bool(false),
      }),
  },
  {
    name: 'MatMul',
    input: [1, 6],
    build: (g) =>
      g.random('w', [6, 4]).node('MatMul', 'y', ['x', 'w'], {
        transpose_a: attr.bool(false),
        transpose_b: attr.bool(false),
      }),
  },
  {
    name: '_FusedMatMul, second matrix transposed, with BiasAdd and Relu',
    input: [1, 6],
    build: (g) =>
      g
        .random('w', [4, 6])
        .random('b', [4])
        .node('_FusedMatMul', 'y', ['x', 'w', 'b'], {
          transpose_a: attr.bool(false),
          transpose_b: attr.bool(true),
          fused_ops: attr.texts(['BiasAdd', 'Relu']),
          num_args: attr.int(1),
        }),
  },
  {
    name: 'a PReLU spelt out with Abs',
    input: IMAGE,
    build: (g) =>
      g
        .random('w', [3, 3, 4, 4])
        .node('Conv2D', 'c', ['x', 'w'], conv('SAME', 1))
        .random('alpha', [4])
        .node('Relu', 'r', ['c'])
        .node('Abs', 'a', ['c'])
        .node('Sub', 's', ['c', 'a'])
        .node('Mul', 'm', ['s', 'alpha'])
        .node('Add', 'y', ['r', 'm']),
  },
];

describe('TensorFlow operators in ONNX give what TensorFlow.js gives', () => {
  it.each(cases)('$name', async ({ input, build, range = [-1, 1], outputs = ['y'] }) => {
    const graph = build(new GraphJson().placeholder('x', input)).finish(outputs);
    const length = input.reduce((a, b) => a * b, 1);
    const feed = { dims: input, data: seededNumbers(42, length, ...range) };
    const expected = await runTfjs(graph.json, graph.weights, { x: feed }, outputs);

    const { bytes, fixedBatch } = convertFiles(
      'tfjs-graph',
      [Buffer.from(graph.json), graph.weights],
      'test',
    );
    expect(fixedBatch).toBeUndefined();
    await using onnx = await openOnnx(bytes);
    const actual = await onnx.run({ x: toNchw(feed) });
    for (const [i, name] of outputs.entries()) {
      const reference = expected[i];
      const other = actual[name];
      if (reference === undefined || other === undefined) throw new Error(`no output ${name}`);
      const { maxAbs, scale } = difference(reference, other);
      expect(maxAbs).toBeLessThanOrEqual(2e-6 * Math.max(1, scale));
      expect(scale).toBeGreaterThan(0);
    }
  });

  // TensorFlow.js 4.22 itself gets this combination wrong (it starts the dropped dimension at 0), so the reference
  // is worked by hand from TensorFlow's definition: x[:, 1:7:2, :, 2], where element (y, x, c) is 32 y + 4 x + c.
  it('StridedSlice with steps that drops a dimension', async () => {
    const graph = new GraphJson()
      .placeholder('x', IMAGE)
      .ints('b', [0, 1, 0, 2])
      .ints('e', [0, 7, 0, 3])
      .ints('s', [1, 2, 1, 1])
      .node('StridedSlice', 'y', ['x', 'b', 'e', 's'], {
        begin_mask: attr.int(0b0101),
        end_mask: attr.int(0b0101),
        shrink_axis_mask: attr.int(0b1000),
      })
      .finish(['y']);
    const { bytes } = convertFiles('tfjs-graph', [Buffer.from(graph.json), graph.weights], 'test');
    await using onnx = await openOnnx(bytes);
    const data = Float32Array.from({ length: 224 }, (_, i) => i);
    const { y } = await onnx.run({ x: toNchw({ dims: IMAGE, data }) });
    expect(y?.dims).toEqual([1, 3, 8]);
    const rows = [34, 98, 162].map((first) => Array.from({ length: 8 }, (_, i) => first + 4 * i));
    expect([...(y?.data ?? [])]).toEqual(rows.flat());
  });

  it('names the node that it cannot convert', () => {
    const graph = new GraphJson()
      .placeholder('x', IMAGE)
      .node('Bessel', 'odd one', ['x'])
      .finish(['odd one']);
    const convert = () => convertFiles('tfjs-graph', [Buffer.from(graph.json), graph.weights], 'test');
    expect(convert).toThrow(ConversionError);
    expect(convert).toThrow(/Bessel "odd one".*not supported/);
  });

  it('asks for sizes that the graph leaves open', async () => {
    const graph = new GraphJson().placeholder('x', [-1, -1, -1, 3]).node('Relu', 'y', ['x']).finish(['y']);
    const files = [Buffer.from(graph.json), graph.weights] as const;
    expect(() => convertFiles('tfjs-graph', files, 'test')).toThrow(/Placeholder "x".*open/);
    const { bytes } = convertFiles('tfjs-graph', files, 'test', { inputSizes: { x: [4, 5] } });
    await using onnx = await openOnnx(bytes);
    const result = await onnx.run({ x: { dims: [2, 3, 4, 5], data: new Float32Array(120).fill(-1) } });
    expect(result['y']?.dims).toEqual([2, 4, 5, 3]);
  });
});
