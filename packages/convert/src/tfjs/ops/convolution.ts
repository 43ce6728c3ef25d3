import {
  activation,
  binary,
  conv2d,
  depthwiseConv2d,
  dense,
  pool2d,
  prelu,
  type Filter,
  type Padding,
} from '../../build/layers.js';
import type { Value } from '../../build/value.js';
import { boolAttr, floatAttr, intListAttr, stringAttr, stringListAttr } from '../attributes.js';
import { fail, floats, input, type OpContext, type OpConverter, type OpTable } from './context.js';

function requireChannelsLast(context: OpContext): void {
  const format = stringAttr(context.node, 'data_format', 'NHWC');
  if (format !== 'NHWC') throw fail(context, `data format ${format} is not supported, only NHWC`);
}

/** The two middle entries of a four-element list attribute. */
function spatial(context: OpContext, name: string): [number, number] {
  const [n = 1, height = 1, width = 1, c = 1] = intListAttr(context.node, name);
  if (n !== 1 || c !== 1) throw fail(context, `${name} over batch or channels are not supported`);
  return [height, width];
}

function padding(context: OpContext): Padding {
  const kind = stringAttr(context.node, 'padding');
  if (kind === 'SAME' || kind === 'VALID') return kind;
  if (kind !== 'EXPLICIT') throw fail(context, `padding ${kind} is not supported`);
  const [, , top = 0, bottom = 0, left = 0, right = 0] = intListAttr(context.node, 'explicit_paddings');
  return { top, bottom, left, right };
}

function filter(context: OpContext): Filter {
  const { dims, constant } = floats(context, 1);
  const [h, w, i, o] = dims;
  if (h === undefined || w === undefined || i === undefined || o === undefined) {
    throw fail(context, `a filter with 4 dimensions is needed, not [${dims.join(', ')}]`);
  }
  return { dims: [h, w, i, o], data: constant };
}

/** What a fused node does after its product, in order. */
function fused(context: OpContext): { readonly bias: boolean; readonly activations: readonly string[] } {
  const operations = stringListAttr(context.node, 'fused_ops').filter(
    (each) => each !== 'Linear' && each !== '',
  );
  const bias = operations[0] === 'BiasAdd';
  const activations = bias ? operations.slice(1) : operations;
  if (activations.includes('FusedBatchNorm') || activations.includes('BiasAdd')) {
    throw fail(context, `fused operations ${operations.join(', ')} are not supported`);
  }
  return { bias, activations };
}

function activate(
  context: OpContext,
  x: Value,
  activations: readonly string[],
  firstArgument: number,
): Value {
  return activations.reduce((value, kind, i) => {
    const name = i === activations.length - 1 ? context.node.name : `${context.node.name}/${kind}`;
    return kind === 'Prelu'
      ? prelu(context.builder, name, value, floats(context, firstArgument))
      : activation(context.builder, kind, name, value, floatAttr(context.node, 'leakyrelu_alpha', 0.2));
  }, x);
}

function convolution(depthwise: boolean): OpConverter {
  return (context) => {
    requireChannelsLast(context);
    const { bias, activations } = fused(context);
    const name = activations.length === 0 ? context.node.name : `${context.node.name}/Conv`;
    const apply = depthwise ? depthwiseConv2d : conv2d;
    const result = apply(context.builder, name, input(context, 0), {
      filter: filter(context),
      strides: spatial(context, 'strides'),
      dilations: spatial(context, 'dilations'),
      padding: padding(context),
      ...(bias ? { bias: floats(context, 2).constant } : {}),
    });
    return activate(context, result, activations, bias ? 3 : 2);
  };
}

function pooling(kind: 'MaxPool' | 'AveragePool'): OpConverter {
  return (context) => {
    requireChannelsLast(context);
    return pool2d(context.builder, context.node.name, kind, input(context, 0), {
      kernel: spatial(context, 'ksize'),
      strides: spatial(context, 'strides'),
      padding: padding(context),
    });
  };
}

const batchNorm: OpConverter = (context) => {
  requireChannelsLast(context);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => floats(context, i).constant);
  const epsilon = floatAttr(context.node, 'epsilon', 0.001);
  const scale = Float32Array.from(
    mean ?? [],
    (_, c) => (gamma?.[c] ?? 1) / Math.sqrt((variance?.[c] ?? 0) + epsilon),
  );
  const shift = Float32Array.from(mean ?? [], (value, c) => (beta?.[c] ?? 0) - value * (scale[c] ?? 0));
  const per = (constant: Float32Array): Value => ({ dims: [constant.length], dtype: 'float32', constant });
  const { builder, node } = context;
  const scaled = binary(builder, 'Mul', `${node.name}/scale`, input(context, 0), per(scale));
  return binary(builder, 'Add', node.name, scaled, per(shift));
};

const matMul: OpConverter = (context) => {
  const a = input(context, 0);
  const b = input(context, 1);
  if (a.dims.length !== 2 || b.dims.length !== 2 || boolAttr(context.node, 'transpose_a')) {
    throw fail(context, 'only products of two matrices, the first not transposed, are supported');
  }
  const { bias, activations } = fused(context);
  const name = activations.length === 0 ? context.node.name : `${context.node.name}/Gemm`;
  const result = dense(context.builder, name, a, b, {
    transposed: boolAttr(context.node, 'transpose_b'),
    ...(bias ? { bias: input(context, 2) } : {}),
  });
  return activate(context, result, activations, bias ? 3 : 2);
};

/** Convolutions, pooling, products of matrices. */
export const CONVOLUTION_OPS: OpTable = {
  Conv2D: convolution(false),
  FusedConv2D: convolution(false),
  _FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2dNative: convolution(true),
  _FusedDepthwiseConv2dNative: convolution(true),
  MaxPool: pooling('MaxPool'),
  AvgPool: pooling('AveragePool'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  MatMul: matMul,
  _FusedMatMul: matMul,
};
