import type { GraphNode } from '@fr-stream/models';
import { attributeInts, attributeNumber } from './attributes.js';
import { slopes, windowOf, type Slope } from './convolutions.js';
import { floatsOf, type Planner } from './planner.js';
import { sizeOf, unsupported, type Picture, type Plain, type Value } from './values.js';

type Inputs = readonly (Value | undefined)[];

/** Relu or PRelu that follows something else than a convolution. */
export function activation(planner: Planner, node: GraphNode, [input]: Inputs, slope: Slope): Picture {
  if (input === undefined) return unsupported('no input');
  const source = planner.toPicture(input);
  const { channels, height, width, depth, room } = source;
  const out = planner.picture(channels, height, width);
  const slopeAt = slopes(planner, node, channels, slope);
  planner.step([room, out.room], () =>
    planner.kernel.routines.activate(room.address, height * width, depth, slopeAt, out.room.address),
  );
  return out;
}

/** Add, Sub and Mul: of two pictures (Add only), or of a tensor and one number. */
export function arithmetic(planner: Planner, { operator }: GraphNode, [left, right]: Inputs): Value {
  if (left === undefined || right === undefined) return unsupported('no input');
  if (right.kind === 'constant') return withNumber(planner, operator, left, right.data);
  if (left.kind === 'constant' && operator !== 'Sub') return withNumber(planner, operator, right, left.data);
  if (operator !== 'Add' || left.kind !== 'picture' || right.kind !== 'picture')
    return unsupported(`${operator} of two tensors`);
  if (left.dims.some((dim, i) => dim !== right.dims[i])) return unsupported('broadcasting');
  const { channels, height, width, depth } = left;
  const [a, b] = [left.room, right.room];
  const out = planner.picture(channels, height, width);
  planner.step([a, b, out.room], () =>
    planner.kernel.routines.add(a.address, b.address, height * width * depth, out.room.address),
  );
  return out;
}

/** One number for all, or one for each value of the last dimension. */
function withNumber(planner: Planner, operator: string, value: Value, data: Float32Array): Value {
  if (value.kind === 'plain' && value.dims.length < 4) return withRow(planner, operator, value, data);
  const [number] = data;
  if (number === undefined || data.length !== 1) return unsupported('broadcasting');
  const source = planner.toPicture(value);
  const { channels, height, width, depth, room } = source;
  const out = planner.picture(channels, height, width);
  const [factor, offset] = operator === 'Mul' ? [number, 0] : [1, operator === 'Add' ? number : -number];
  planner.step([room, out.room], () =>
    planner.kernel.routines.affine(room.address, height * width * depth, factor, offset, out.room.address),
  );
  return out;
}

function withRow(planner: Planner, operator: string, { dims, room }: Plain, data: Float32Array): Plain {
  const size = sizeOf(dims);
  if (data.length !== 1 && data.length !== dims.at(-1)) return unsupported('broadcasting');
  const row = operator === 'Sub' ? data.map((number) => -number) : data;
  const out = planner.plain(dims);
  planner.step([room, out.room], () => {
    const from = planner.kernel.floats(room.address, size);
    const to = planner.kernel.floats(out.room.address, size);
    for (let i = 0; i < size; i++) {
      const number = row[i % row.length] ?? 0;
      to[i] = operator === 'Mul' ? (from[i] ?? 0) * number : (from[i] ?? 0) + number;
    }
  });
  return out;
}

export function maxPool(planner: Planner, node: GraphNode, [input]: Inputs): Picture {
  if (input === undefined || node.outputs.length > 1) return unsupported('no input');
  const source = planner.toPicture(input);
  const window = windowOf(node, source, attributeInts(node.attributes, 'kernel_shape', []));
  if (window.dilations.some((dilation) => dilation !== 1)) return unsupported('a dilated window');
  const { strides, pads, outHeight, outWidth } = window;
  const out = planner.picture(source.channels, outHeight, outWidth);
  const [from, to] = [source.room, out.room];
  planner.step([from, to], () =>
    planner.kernel.routines.maxPool(
      ...[from.address, source.width, source.height, source.depth, window.width, window.height],
      ...[strides[1], strides[0], pads[1], pads[0], outWidth, outHeight, to.address],
    ),
  );
  return out;
}

/** Softmax over the last dimension. */
export function softmax(planner: Planner, { attributes }: GraphNode, [input]: Inputs, set: number): Plain {
  if (input === undefined) return unsupported('no input');
  const source = planner.toPlain(input);
  const axis = attributeNumber(attributes, 'axis', set < 13 ? 1 : -1);
  const { dims, room } = source;
  const last = dims.length - 1;
  if (axis !== last && axis !== -1) return unsupported('softmax over another dimension');
  const classes = dims[last] ?? 1;
  const size = sizeOf(dims);
  const out = planner.plain(dims);
  planner.step([room, out.room], () => {
    const from = planner.kernel.floats(room.address, size);
    const to = planner.kernel.floats(out.room.address, size);
    for (let at = 0; at < size; at += classes) {
      let most = -Infinity;
      for (let i = at; i < at + classes; i++) most = Math.max(most, from[i] ?? 0);
      let sum = 0;
      for (let i = at; i < at + classes; i++) sum += to[i] = Math.exp((from[i] ?? 0) - most);
      for (let i = at; i < at + classes; i++) to[i] = (to[i] ?? 0) / sum;
    }
  });
  return out;
}

/** BatchNormalization of 1xC. */
export function normalisation(planner: Planner, { attributes }: GraphNode, inputs: Inputs): Plain {
  const [input, ...parameters] = inputs;
  if (input === undefined) return unsupported('no input');
  const source = planner.toPlain(input);
  const { dims, room } = source;
  const [batch, channels = 0] = dims;
  if (dims.length !== 2 || batch !== 1) return unsupported('normalisation of a picture');
  const [scale, bias, mean, variance] = parameters.map(floatsOf);
  const epsilon = attributeNumber(attributes, 'epsilon', 1e-5);
  const factors = Float32Array.from(
    { length: channels },
    (_, i) => (scale?.[i] ?? 1) / Math.sqrt((variance?.[i] ?? 1) + epsilon),
  );
  const offsets = factors.map((factor, i) => (bias?.[i] ?? 0) - (mean?.[i] ?? 0) * factor);
  const out = planner.plain(dims);
  planner.step([room, out.room], () => {
    const from = planner.kernel.floats(room.address, channels);
    const to = planner.kernel.floats(out.room.address, channels);
    for (let i = 0; i < channels; i++) to[i] = (from[i] ?? 0) * (factors[i] ?? 1) + (offsets[i] ?? 0);
  });
  return out;
}
