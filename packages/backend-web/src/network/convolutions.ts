import type { GraphNode } from '@fr-stream/models';
import { attributeInts, attributeNumber } from './attributes.js';
import { packWeights } from './pack-weights.js';
import type { Planner } from './planner.js';
import { depthOf, unsupported, type Constant, type Picture, type Plain, type Value } from './values.js';

/** What follows a layer at once: the slope of negative values, one for all channels or one for each. */
export type Slope = Float32Array;

export const NO_ACTIVATION: Slope = Float32Array.of(1);
export const RELU: Slope = Float32Array.of(0);

/** Pixels of a picture with what is put around it. */
function paddedSize({ width, height }: Picture, [top, left, bottom, right]: Window['pads']): number {
  return (top + height + bottom) * (left + width + right);
}

/** Room of 16 KB for a block of rows as whole numbers, or four rows; see `rowsOf` in the kernel. */
const blockBytes = (length: number): number => Math.max(16384, length * 2 * 4);

/** The slopes of all channels as they are kept. @returns their address. */
export function slopes(planner: Planner, node: GraphNode, channels: number, slope: Slope): number {
  if (slope.length !== 1 && slope.length !== channels) return unsupported('a slope for each pixel');
  const depth = depthOf(channels);
  return planner.constants(node, 'slope', depth, (i) => slope[slope.length === 1 ? 0 : i] ?? 0);
}

function constant(value: Value | undefined): Constant {
  return value?.kind === 'constant' ? value : unsupported('weights that are computed');
}

/** Side of what a window gives when it goes over `size` pixels. */
function outSize(size: number, window: number, stride: number, pads: number, dilation: number): number {
  return Math.floor((size + pads - dilation * (window - 1) - 1) / stride) + 1;
}

interface Window {
  readonly height: number;
  readonly width: number;
  readonly strides: readonly [number, number];
  /** Above, left, below, right. */
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
}

/** The window of a node's attributes over a picture. */
export function windowOf(node: GraphNode, picture: Picture, kernel: readonly number[]): Window {
  const { attributes } = node;
  const [height = 0, width = 0] = kernel;
  const [strideY = 1, strideX = 1] = attributeInts(attributes, 'strides', [1, 1]);
  const [top = 0, left = 0, bottom = 0, right = 0] = attributeInts(attributes, 'pads', [0, 0, 0, 0]);
  const [dilationY = 1, dilationX = 1] = attributeInts(attributes, 'dilations', [1, 1]);
  const auto = attributes.get('auto_pad') ?? 'NOTSET';
  if (auto !== 'NOTSET' || kernel.length !== 2 || attributeNumber(attributes, 'ceil_mode', 0) !== 0)
    unsupported('padding by name');
  return {
    height,
    width,
    strides: [strideY, strideX],
    pads: [top, left, bottom, right],
    dilations: [dilationY, dilationX],
    outHeight: outSize(picture.height, height, strideY, top + bottom, dilationY),
    outWidth: outSize(picture.width, width, strideX, left + right, dilationX),
  };
}

/** Conv: of all channels together or of each by itself, with what follows it at once. */
export function convolution(
  planner: Planner,
  node: GraphNode,
  inputs: readonly (Value | undefined)[],
  slope: Slope,
): Picture {
  const [input, kernel, bias] = inputs;
  if (input === undefined) return unsupported('no input');
  const source = planner.toPicture(input);
  const { dims, data } = constant(kernel);
  const [channels = 0, perGroup = 0, height = 0, width = 0] = dims;
  const group = attributeNumber(node.attributes, 'group', 1);
  const window = windowOf(node, source, [height, width]);
  const out = planner.picture(channels, window.outHeight, window.outWidth);
  const biases = bias === undefined ? undefined : constant(bias).data;
  const biasAt = planner.constants(node, 'bias', out.depth, (i) => biases?.[i] ?? 0);
  const slopeAt = slopes(planner, node, channels, slope);
  if (group === 1 && perGroup === source.channels)
    return together(planner, node, source, data, window, out, biasAt, slopeAt);
  if (group === channels && perGroup === 1 && channels === source.channels)
    return apart(planner, node, source, data, window, out, biasAt, slopeAt);
  return unsupported('groups of channels');
}

const numbersOf = ({ width, height, strides, pads, dilations, outWidth, outHeight }: Window): number[] => [
  width,
  height,
  strides[1],
  strides[0],
  ...[pads[1], pads[0], pads[3], pads[2]],
  dilations[1],
  dilations[0],
  outWidth,
  outHeight,
];

function together(
  planner: Planner,
  node: GraphNode,
  source: Picture,
  data: Float32Array,
  window: Window,
  out: Picture,
  bias: number,
  slope: number,
): Picture {
  const { kernel } = planner;
  const area = window.height * window.width;
  const { channels, depth } = source;
  const length = Math.ceil((area * depth) / 8) * 8;
  const packed = planner.once(node, 'weights', () =>
    packWeights(kernel, length, out.channels, (i, channel) => {
      const of = i % depth;
      const pixel = (i - of) / depth;
      return of < channels && pixel < area ? (data[(channel * channels + of) * area + pixel] ?? 0) : 0;
    }),
  );
  const whole = planner.room(blockBytes(length));
  const [from, to] = [source.room, out.room];
  const direct = area === 1 && window.strides.every((stride) => stride === 1) && sameSize(source, out);
  if (direct) {
    planner.step([from, to, whole], () =>
      kernel.routines.product(
        from.address,
        source.height * source.width,
        length,
        out.depth,
        packed.weights,
        packed.units,
        bias,
        slope,
        to.address,
        whole.address,
      ),
    );
    return out;
  }
  const around = planner.room(paddedSize(source, window.pads) * depth * 2 + 16);
  const shape = [source.width, source.height, depth, ...numbersOf(window), length, out.depth];
  planner.step([from, to, whole, around], () =>
    kernel.routines.convolution(
      from.address,
      ...shape,
      packed.weights,
      packed.units,
      bias,
      slope,
      to.address,
      around.address,
      whole.address,
    ),
  );
  return out;
}

const sameSize = (a: Picture, b: Picture): boolean => a.width === b.width && a.height === b.height;

function apart(
  planner: Planner,
  node: GraphNode,
  source: Picture,
  data: Float32Array,
  window: Window,
  out: Picture,
  bias: number,
  slope: number,
): Picture {
  const { depth, channels } = source;
  const area = window.height * window.width;
  const weights = planner.constants(node, 'weights', area * depth, (i) => {
    const channel = i % depth;
    return channel < channels ? (data[channel * area + (i - channel) / depth] ?? 0) : 0;
  });
  const shape = [source.width, source.height, depth, ...numbersOf(window)];
  const [from, to] = [source.room, out.room];
  const padded = window.pads.some((pixels) => pixels > 0)
    ? planner.room(paddedSize(source, window.pads) * depth * 4)
    : from;
  planner.step([from, to, padded], () =>
    planner.kernel.routines.depthwise(
      from.address,
      ...shape,
      weights,
      bias,
      slope,
      to.address,
      padded.address,
    ),
  );
  return out;
}

/** Gemm of one row: a fully connected layer. */
export function fullyConnected(
  planner: Planner,
  node: GraphNode,
  inputs: readonly (Value | undefined)[],
): Plain {
  const { attributes } = node;
  const [input, matrix, bias] = inputs;
  if (input === undefined) return unsupported('no input');
  const row = planner.toPlain(input);
  const { dims, data } = constant(matrix);
  const transposed = attributeNumber(attributes, 'transB', 0) === 1;
  const [channels = 0, length = 0] = transposed ? dims : dims.toReversed();
  const plain =
    attributeNumber(attributes, 'transA', 0) === 0 &&
    attributeNumber(attributes, 'alpha', 1) === 1 &&
    attributeNumber(attributes, 'beta', 1) === 1;
  if (!plain || row.dims.length !== 2 || row.dims[0] !== 1 || row.dims[1] !== length || length % 8 !== 0)
    return unsupported('a product of matrices');
  const depth = depthOf(channels);
  const { kernel } = planner;
  const packed = planner.once(node, 'weights', () =>
    packWeights(
      kernel,
      length,
      channels,
      (i, channel) => data[transposed ? channel * length + i : i * channels + channel] ?? 0,
    ),
  );
  const biases = bias === undefined ? undefined : constant(bias).data;
  const biasAt = planner.constants(node, 'bias', depth, (i) => biases?.[biases.length === 1 ? 0 : i] ?? 0);
  const slopeAt = slopes(planner, node, channels, NO_ACTIVATION);
  const whole = planner.room(blockBytes(length));
  // Eight are written at a time.
  const to = planner.room(depth * 4);
  planner.step([row.room, to, whole], () =>
    kernel.routines.product(
      row.room.address,
      1,
      length,
      depth,
      packed.weights,
      packed.units,
      biasAt,
      slopeAt,
      to.address,
      whole.address,
    ),
  );
  return { kind: 'plain', dims: [1, channels], room: to };
}
