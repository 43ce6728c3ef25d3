import type { GraphBuilder } from '../build/graph-builder.js';
import {
  activation,
  binary,
  constant,
  conv2d,
  dense,
  depthwiseConv2d,
  type Filter,
  type Padding,
} from '../build/layers.js';
import type { Value } from '../build/value.js';
import { int, ints } from '../onnx/node.js';
import type { WeightsReader } from './weights-reader.js';

const SIDE = 112;

/** The two published sizes: number of blocks, and convolutions in each. */
const SIZES = { full: { blocks: 4, convolutions: 4 }, tiny: { blocks: 3, convolutions: 3 } } as const;

/**
 * face-api's 68-point landmark net: densely connected blocks of depthwise separable convolutions.
 *
 * Input `input` 1x3x112x112, RGB, (x - [122.782, 117.001, 104.298]) / 255; a square crop of the face. Output
 * `landmarks` 1x136: x0, y0, x1, y1, ... in 0..1 of the crop, in the iBUG 68-point order.
 */
export function landmarks68(builder: GraphBuilder, weights: WeightsReader, size: keyof typeof SIZES): void {
  const { blocks, convolutions } = SIZES[size];
  let x = builder.input('input', [1, SIDE, SIDE, 3]);
  for (let block = 0; block < blocks; block++)
    x = denseBlock(builder, weights, `dense${block}`, x, convolutions);
  // The window of the closing average pool is the whole picture.
  const pooled = builder.node('ReduceMean', 'mean', [builder.channelsFirst(x)], {
    axes: ints([2, 3]),
    keepdims: int(0),
  });
  const features: Value = { dims: [1, x.dims[3] ?? 0], dtype: 'float32', plain: pooled };
  const matrix = weights.floats('fc/weights', 2);
  const bias = weights.vector('fc/bias');
  const points = dense(builder, 'fc', features, constant(matrix.dims, matrix.data), {
    bias: constant([bias.length], bias),
  });
  builder.output('landmarks', points);
}

/** Each convolution adds to the sum of all before it, and the next works on that sum. */
function denseBlock(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  convolutions: number,
): Value {
  const first =
    name === 'dense0'
      ? conv2d(builder, `${name}/conv0`, x, {
          filter: weights.filter(`${name}/conv0/filters`),
          bias: weights.vector(`${name}/conv0/bias`),
          strides: [2, 2],
          padding: 'SAME',
        })
      : separable(builder, weights, `${name}/conv0`, x, 2, 'SAME');
  let sum = activation(builder, 'Relu', `${name}/relu0`, first);
  let active = sum;
  for (let i = 1; i < convolutions; i++) {
    sum = binary(
      builder,
      'Add',
      `${name}/sum${i}`,
      sum,
      separable(builder, weights, `${name}/conv${i}`, active, 1, 'SAME'),
    );
    active = activation(builder, 'Relu', `${name}/relu${i}`, sum);
  }
  return active;
}

/** Depthwise then pointwise convolution, with the names that face-api gives their weights. */
export function separable(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  stride: number,
  padding: Padding,
): Value {
  const depthwise: Filter = weights.filter(`${name}/depthwise_filter`);
  const spread = depthwiseConv2d(builder, `${name}/depthwise`, x, {
    filter: depthwise,
    strides: [stride, stride],
    padding,
  });
  return conv2d(builder, name, spread, {
    filter: weights.filter(`${name}/pointwise_filter`),
    bias: weights.vector(`${name}/bias`),
    strides: [1, 1],
    padding: 'VALID',
  });
}
