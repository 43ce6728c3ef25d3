import { ConversionError } from '../conversion-error.js';
import { float, int, ints, type Attribute } from '../onnx/node.js';
import type { GraphBuilder } from './graph-builder.js';
import { transposeData, type Value } from './value.js';

/** Padding of a sliding window: TensorFlow's rules, or pixels added before and after each side. */
export type Padding =
  | 'SAME'
  | 'VALID'
  | { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };

export interface Window {
  /** Height and width. */
  readonly kernel: readonly [number, number];
  /** Down and across. */
  readonly strides: readonly [number, number];
  /** Default 1, 1. */
  readonly dilations?: readonly [number, number];
  readonly padding: Padding;
}

/**
 * Pixels to add before and after one side. SAME is TensorFlow's rule: the output has ceil(size / stride) places, and
 * an odd pixel of padding goes after, so that padding depends on the input's size.
 */
function padSide(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: 'SAME' | 'VALID',
): [number, number] {
  if (padding === 'VALID') return [0, 0];
  const extent = (kernel - 1) * dilation + 1;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

interface Placed {
  readonly height: number;
  readonly width: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

function place(dims: readonly number[], window: Window): Placed {
  const [, h = 0, w = 0] = dims;
  const [kh, kw] = window.kernel;
  const [sh, sw] = window.strides;
  const [dh, dw] = window.dilations ?? [1, 1];
  const { padding } = window;
  const [top, bottom] =
    typeof padding === 'string' ? padSide(h, kh, sh, dh, padding) : [padding.top, padding.bottom];
  const [left, right] =
    typeof padding === 'string' ? padSide(w, kw, sw, dw, padding) : [padding.left, padding.right];
  return {
    height: Math.floor((h + top + bottom - ((kh - 1) * dh + 1)) / sh) + 1,
    width: Math.floor((w + left + right - ((kw - 1) * dw + 1)) / sw) + 1,
    attributes: {
      kernel_shape: ints([kh, kw]),
      strides: ints([sh, sw]),
      pads: ints([top, left, bottom, right]),
    },
  };
}

function image(dims: readonly number[], channelsFirst: string): Value {
  return { dims, dtype: 'float32', channelsFirst };
}

/** Weights of a convolution: height x width x in x out, row-major. */
export interface Filter {
  readonly dims: readonly [number, number, number, number];
  readonly data: Float32Array;
}

export interface Convolution extends Omit<Window, 'kernel'> {
  readonly filter: Filter;
  /** One per output channel. */
  readonly bias?: Float32Array;
}

/** Convolution of an NHWC image with an HWIO filter. */
export function conv2d(builder: GraphBuilder, name: string, x: Value, options: Convolution): Value {
  const [kh, kw, inputs, outputs] = options.filter.dims;
  const weights = transposeData(options.filter.data, options.filter.dims, [3, 2, 0, 1]);
  const channels = x.dims[3] ?? 0;
  if (channels % inputs !== 0) {
    throw new ConversionError(`${name}: a filter for ${inputs} channels meets ${channels}`, {
      code: 'MODEL_CORRUPT',
    });
  }
  return convolve(builder, name, x, options, [kh, kw], [outputs, inputs, kh, kw], weights, channels / inputs);
}

/** Depthwise convolution of an NHWC image with a height x width x channels x multiplier filter. */
export function depthwiseConv2d(builder: GraphBuilder, name: string, x: Value, options: Convolution): Value {
  const [kh, kw, channels, multiplier] = options.filter.dims;
  const weights = transposeData(options.filter.data, options.filter.dims, [2, 3, 0, 1]);
  return convolve(builder, name, x, options, [kh, kw], [channels * multiplier, 1, kh, kw], weights, channels);
}

function convolve(
  builder: GraphBuilder,
  name: string,
  x: Value,
  options: Convolution,
  kernel: readonly [number, number],
  dims: readonly number[],
  weights: Float32Array,
  groups: number,
): Value {
  const { height, width, attributes } = place(x.dims, { ...options, kernel });
  const inputs = [builder.channelsFirst(x), builder.floats(`${name}/weights`, dims, weights)];
  if (options.bias !== undefined) {
    inputs.push(builder.floats(`${name}/bias`, [options.bias.length], options.bias));
  }
  const output = builder.node('Conv', name, inputs, {
    ...attributes,
    dilations: ints(options.dilations ?? [1, 1]),
    group: int(groups),
  });
  return image([x.dims[0] ?? 1, height, width, dims[0] ?? 0], output);
}

/** Largest or mean value of a sliding window over an NHWC image; padding counts in neither. */
export function pool2d(
  builder: GraphBuilder,
  name: string,
  kind: 'MaxPool' | 'AveragePool',
  x: Value,
  window: Window,
): Value {
  const { height, width, attributes } = place(x.dims, window);
  const output = builder.node(kind, name, [builder.channelsFirst(x)], {
    ...attributes,
    ...(kind === 'AveragePool' ? { count_include_pad: int(0) } : {}),
  });
  return image([x.dims[0] ?? 1, height, width, x.dims[3] ?? 0], output);
}

/** An operator of one tensor that works element by element, in whichever order the tensor already has. */
export function elementwise(
  builder: GraphBuilder,
  opType: string,
  name: string,
  x: Value,
  attributes: Readonly<Record<string, Attribute>> = {},
  more: readonly string[] = [],
): Value {
  const { dims, dtype } = x;
  if (x.plain === undefined && x.channelsFirst !== undefined) {
    return { dims, dtype, channelsFirst: builder.node(opType, name, [x.channelsFirst, ...more], attributes) };
  }
  return { dims, dtype, plain: builder.node(opType, name, [builder.plain(x), ...more], attributes) };
}

/** NumPy broadcasting of two shapes. @throws ConversionError when they do not fit. */
export function broadcastDims(a: readonly number[], b: readonly number[], name: string): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - (rank - a.length)] ?? 1;
    const y = b[i - (rank - b.length)] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ConversionError(`${name}: shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`, {
        code: 'MODEL_CORRUPT',
      });
    }
    return Math.max(x, y);
  });
}

/** An operator of two broadcast tensors, channels first when one of them is an image that is held so. */
export function binary(
  builder: GraphBuilder,
  opType: string,
  name: string,
  a: Value,
  b: Value,
  dtype: Value['dtype'] = a.dtype,
): Value {
  const dims = broadcastDims(a.dims, b.dims, name);
  const first = [a, b].some((each) => each.channelsFirst !== undefined && each.plain === undefined);
  if (dims.length === 4 && first && [a, b].every(fitsChannelsFirst)) {
    const inputs = [a, b].map((each) => channelsFirstOperand(builder, each));
    return { dims, dtype, channelsFirst: builder.node(opType, name, inputs) };
  }
  return { dims, dtype, plain: builder.node(opType, name, [builder.plain(a), builder.plain(b)]) };
}

function fitsChannelsFirst(value: Value): boolean {
  return value.dims.length === 4 || value.dims.length === 0 || value.constant instanceof Float32Array;
}

/** A constant of lower rank is given the four dimensions that broadcasting would give it. */
export function channelsFirstOperand(builder: GraphBuilder, value: Value): string {
  if (value.dims.length === 4) return builder.channelsFirst(value);
  if (value.dims.length === 0) return builder.plain(value);
  const dims = [...Array.from({ length: 4 - value.dims.length }, () => 1), ...value.dims];
  return builder.channelsFirst({ ...value, dims });
}

/** PReLU with a constant slope, broadcast against x. */
export function prelu(builder: GraphBuilder, name: string, x: Value, slope: Value): Value {
  return { ...binary(builder, 'PRelu', name, x, slope), dims: x.dims };
}

/** Element-wise activation by TensorFlow's name; PReLU has its own function. */
export function activation(builder: GraphBuilder, kind: string, name: string, x: Value, alpha = 0.2): Value {
  switch (kind) {
    case 'Relu':
    case 'Sigmoid':
    case 'Elu':
    case 'Tanh':
      return elementwise(builder, kind, name, x);
    case 'LeakyRelu':
      return elementwise(builder, 'LeakyRelu', name, x, { alpha: float(alpha) });
    case 'Relu6': {
      const low = builder.floats(`${name}/low`, [], Float32Array.of(0));
      const high = builder.floats(`${name}/high`, [], Float32Array.of(6));
      return elementwise(builder, 'Clip', name, x, {}, [low, high]);
    }
    default:
      throw new ConversionError(`${name}: activation ${kind} is not supported`);
  }
}

/** A rank-2 product plus bias: [n, k] x [k, m] (or [m, k] when `transposed`). */
export function dense(
  builder: GraphBuilder,
  name: string,
  x: Value,
  weights: Value,
  options: { readonly bias?: Value; readonly transposed?: boolean } = {},
): Value {
  const columns = weights.dims[options.transposed === true ? 0 : 1] ?? 0;
  const inputs = [builder.plain(x), builder.plain(weights)];
  if (options.bias !== undefined) inputs.push(builder.plain(options.bias));
  const output = builder.node('Gemm', name, inputs, { transB: int(options.transposed === true ? 1 : 0) });
  return { dims: [x.dims[0] ?? 1, columns], dtype: 'float32', plain: output };
}

/** The same elements with other dimensions. */
export function reshape(builder: GraphBuilder, name: string, x: Value, dims: readonly number[]): Value {
  if (x.constant !== undefined) return { dims, dtype: x.dtype, constant: x.constant };
  const shape = builder.integers(`${name}/shape`, dims);
  return { dims, dtype: x.dtype, plain: builder.node('Reshape', name, [builder.plain(x), shape]) };
}

/** A constant for a builder. */
export function constant(dims: readonly number[], data: Float32Array): Value {
  return { dims, dtype: 'float32', constant: data };
}
