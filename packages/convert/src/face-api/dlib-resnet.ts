import type { GraphBuilder } from '../build/graph-builder.js';
import {
  activation,
  binary,
  constant,
  conv2d,
  dense,
  pool2d,
  type Filter,
  type Padding,
} from '../build/layers.js';
import type { Value } from '../build/value.js';
import { int, ints } from '../onnx/node.js';
import type { WeightsReader } from './weights-reader.js';

/**
 * Stages of dlib's face recognition ResNet (a ResNet-34 with fewer layers and half the filters, King 2017), in
 * order, after the stem. `down` halves the picture and, where channels grow, fills the new ones of the shortcut with
 * zeros.
 */
const STAGES: readonly { readonly name: string; readonly down: boolean }[] = [
  ...['conv32_1', 'conv32_2', 'conv32_3'].map((name) => ({ name, down: false })),
  { name: 'conv64_down', down: true },
  ...['conv64_1', 'conv64_2', 'conv64_3'].map((name) => ({ name, down: false })),
  { name: 'conv128_down', down: true },
  ...['conv128_1', 'conv128_2'].map((name) => ({ name, down: false })),
  { name: 'conv256_down', down: true },
  ...['conv256_1', 'conv256_2'].map((name) => ({ name, down: false })),
  { name: 'conv256_down_out', down: true },
];

/** Side of the input in pixels. */
const SIDE = 150;

/**
 * dlib's face recognition network with the weights as face-api stores them.
 *
 * Input `input` 1x3x150x150, RGB, (x - [122.782, 117.001, 104.298]) / 255. Output `embedding` 1x128, not
 * normalised to unit length; dlib compares by Euclidean distance, same person below 0.6.
 */
export function dlibResNet(builder: GraphBuilder, weights: WeightsReader): void {
  const input = builder.input('input', [1, SIDE, SIDE, 3]);
  const stem = convScale(builder, weights, 'conv32_down', input, 2, 'VALID', true);
  let x = pool2d(builder, 'pool', 'MaxPool', stem, { kernel: [3, 3], strides: [2, 2], padding: 'VALID' });
  for (const { name, down } of STAGES) x = residual(builder, weights, name, x, down);
  const pooled = builder.node('ReduceMean', 'mean', [builder.channelsFirst(x)], {
    axes: ints([2, 3]),
    keepdims: int(0),
  });
  const fc = weights.floats('fc', 2);
  const features: Value = { dims: [1, x.dims[3] ?? 0], dtype: 'float32', plain: pooled };
  builder.output('embedding', dense(builder, 'fc', features, constant(fc.dims, fc.data)));
}

function residual(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  down: boolean,
): Value {
  const first = convScale(builder, weights, `${name}/conv1`, x, down ? 2 : 1, down ? 'VALID' : 'SAME', true);
  const second = convScale(builder, weights, `${name}/conv2`, first, 1, 'SAME', false);
  if (!down) return activation(builder, 'Relu', name, binary(builder, 'Add', `${name}/sum`, second, x));
  const shortcut = pool2d(builder, `${name}/shortcut`, 'AveragePool', x, {
    kernel: [2, 2],
    strides: [2, 2],
    padding: 'VALID',
  });
  // The strided convolution may come out a row and a column smaller than the pooled shortcut.
  const main = padTo(builder, `${name}/main`, second, [
    shortcut.dims[1] ?? 0,
    shortcut.dims[2] ?? 0,
    second.dims[3] ?? 0,
  ]);
  const side = padTo(builder, `${name}/side`, shortcut, [
    shortcut.dims[1] ?? 0,
    shortcut.dims[2] ?? 0,
    second.dims[3] ?? 0,
  ]);
  return activation(builder, 'Relu', name, binary(builder, 'Add', `${name}/sum`, main, side));
}

/** Zeros below, to the right, and in further channels. */
function padTo(builder: GraphBuilder, name: string, x: Value, to: readonly [number, number, number]): Value {
  const [n = 1, h = 0, w = 0, c = 0] = x.dims;
  const [height, width, channels] = to;
  if (h === height && w === width && c === channels) return x;
  const pads = builder.integers(`${name}/pads`, [0, 0, 0, 0, 0, channels - c, height - h, width - w]);
  const channelsFirst = builder.node('Pad', name, [builder.channelsFirst(x), pads]);
  return { dims: [n, height, width, channels], dtype: 'float32', channelsFirst };
}

/** Convolution, bias, then one scale and one shift per channel, all folded into the convolution. */
function convScale(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  stride: number,
  padding: Padding,
  relu: boolean,
): Value {
  const filter = weights.filter(`${name}/conv/filters`);
  const bias = weights.vector(`${name}/conv/bias`);
  const scale = weights.vector(`${name}/scale/weights`);
  const shift = weights.vector(`${name}/scale/biases`);
  const result = conv2d(builder, `${name}/conv`, x, {
    filter: scaleFilter(filter, scale),
    bias: bias.map((value, c) => value * (scale[c] ?? 0) + (shift[c] ?? 0)),
    strides: [stride, stride],
    padding,
  });
  return relu ? activation(builder, 'Relu', `${name}/relu`, result) : result;
}

/** Multiplies the filters of each output channel. */
export function scaleFilter({ dims, data }: Filter, scale: Float32Array): Filter {
  const outputs = dims[3];
  return { dims, data: data.map((value, i) => value * (scale[i % outputs] ?? 0)) };
}
