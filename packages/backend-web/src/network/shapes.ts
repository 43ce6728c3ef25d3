import type { GraphNode } from '@fr-stream/models';
import { attributeInts, attributeNumber } from './attributes.js';
import type { Planner } from './planner.js';
import { sizeOf, unsupported, type Numbers, type Picture, type Plain, type Value } from './values.js';

type Inputs = readonly (Value | undefined)[];

function numbers(value: Value | undefined): Numbers {
  return value?.kind === 'numbers' ? value : unsupported('numbers that are computed');
}

/** Whole numbers from an input, or from an attribute as operator sets of old have it. */
function given(input: Value | undefined, node: GraphNode, attribute: string): readonly number[] {
  return input === undefined ? attributeInts(node.attributes, attribute, []) : numbers(input).data;
}

export function shape([input]: Inputs): Numbers {
  if (input === undefined) return unsupported('no input');
  return { kind: 'numbers', dims: [input.dims.length], data: input.dims };
}

/** Gather of whole numbers. */
export function gather([input, index]: Inputs): Numbers {
  const from = numbers(input);
  const { dims, data } = numbers(index);
  if (from.dims.length !== 1) return unsupported('gathering from a tensor');
  return { kind: 'numbers', dims, data: data.map((at) => from.data.at(at) ?? unsupported('an index')) };
}

/** Unsqueeze of whole numbers: how many dimensions they have matters to no operator that is known here. */
export function unsqueeze([input]: Inputs): Numbers {
  const { data } = numbers(input);
  return { kind: 'numbers', dims: [data.length], data };
}

export function reshape(planner: Planner, node: GraphNode, [input, to]: Inputs): Plain {
  if (input === undefined) return unsupported('no input');
  const source = planner.toPlain(input);
  const size = sizeOf(source.dims);
  const wanted = given(to, node, 'shape').map((dim, i) => (dim === 0 ? (source.dims[i] ?? 0) : dim));
  const known = wanted.reduce((product, dim) => (dim < 0 ? product : product * dim), 1);
  const dims = wanted.map((dim) => (dim < 0 ? size / known : dim));
  if (sizeOf(dims) !== size) return unsupported('a shape that does not fit');
  return { kind: 'plain', dims, room: source.room };
}

export function flatten(planner: Planner, { attributes }: GraphNode, [input]: Inputs): Plain {
  if (input === undefined) return unsupported('no input');
  const { dims, room } = planner.toPlain(input);
  const axis = attributeNumber(attributes, 'axis', 1);
  return { kind: 'plain', dims: [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))], room };
}

/** Transpose of a picture to pixels: what it is already, but for channels that are not there. */
export function transpose(planner: Planner, { attributes }: GraphNode, [input]: Inputs): Plain {
  const order = attributeInts(attributes, 'perm', []).join();
  if (input?.kind !== 'picture' || order !== '0,2,3,1') return unsupported('another order of dimensions');
  const { channels, height, width, depth, room } = input;
  const dims = [1, height, width, channels];
  if (channels === depth) return { kind: 'plain', dims, room };
  const out = planner.plain(dims);
  planner.step([room, out.room], () =>
    planner.kernel.routines.copyRows(
      ...[room.address, depth * 4, out.room.address, channels * 4, channels, height * width],
    ),
  );
  return out;
}

/** Concat of whole numbers, of pictures' channels, or of tensors whose dimensions before are 1. */
export function concat(planner: Planner, { attributes }: GraphNode, inputs: Inputs): Value {
  const given = inputs.map((input) => input ?? unsupported('no input'));
  if (given.every((value) => value.kind === 'numbers')) {
    const data = given.flatMap((value) => numbers(value).data);
    return { kind: 'numbers', dims: [data.length], data };
  }
  const axis = attributeNumber(attributes, 'axis', 0);
  const pictures = given.filter((value) => value.kind === 'picture');
  if (axis === 1 && pictures.length === given.length) return channelsTogether(planner, pictures);
  const plains = given.map((value) => planner.toPlain(value));
  const [first = unsupported('no input')] = plains;
  if (axis < 0 || sizeOf(first.dims.slice(0, axis)) !== 1) return unsupported('joined rows');
  const dims = first.dims.map((dim, i) =>
    i === axis ? plains.reduce((sum, plain) => sum + (plain.dims[axis] ?? 0), 0) : dim,
  );
  const out = planner.plain(dims);
  let at = 0;
  for (const { dims: part, room } of plains) {
    const size = sizeOf(part);
    const from = at;
    planner.step([room, out.room], () =>
      planner.kernel.routines.copyRows(room.address, 0, out.room.address + from * 4, 0, size, 1),
    );
    at += size;
  }
  return out;
}

function channelsTogether(planner: Planner, pictures: readonly Picture[]): Picture {
  const [first = unsupported('no input')] = pictures;
  const channels = pictures.reduce((sum, picture) => sum + picture.channels, 0);
  const out = planner.picture(channels, first.height, first.width);
  // What is written where no channel is must be finite: memory holds what was there before.
  if (channels !== out.depth) return unsupported('channels that fill no eight');
  let at = 0;
  for (const { channels: count, depth, room, width, height } of pictures) {
    const from = at;
    planner.step([room, out.room], () =>
      planner.kernel.routines.copyRows(
        ...[room.address, depth * 4, out.room.address + from * 4, out.depth * 4, count, width * height],
      ),
    );
    at += count;
  }
  return out;
}

/** Pad of a picture with zeros, of rows, columns and channels. */
export function pad(planner: Planner, node: GraphNode, [input, by, value]: Inputs): Picture {
  if (input === undefined) return unsupported('no input');
  const mode = node.attributes.get('mode') ?? 'constant';
  const filled = value?.kind === 'constant' ? (value.data[0] ?? 0) : 0;
  if (mode !== 'constant' || filled !== 0) return unsupported('padding with something else than zero');
  const source = planner.toPicture(input);
  const [n0 = 0, c0 = 0, top = 0, left = 0, n1 = 0, c1 = 0, bottom = 0, right = 0] = given(by, node, 'pads');
  if (n0 !== 0 || n1 !== 0 || c0 !== 0 || Math.min(c1, top, left, bottom, right) < 0)
    return unsupported('padding of other dimensions');
  const { channels, height, width, depth, room } = source;
  const out = planner.picture(channels + c1, height + top + bottom, width + left + right);
  planner.step([room, out.room], () => {
    const { kernel } = planner;
    kernel.floats(out.room.address, out.room.bytes / 4).fill(0);
    for (let y = 0; y < height; y++)
      kernel.routines.copyRows(
        ...[room.address + y * width * depth * 4, depth * 4],
        ...[out.room.address + ((y + top) * out.width + left) * out.depth * 4, out.depth * 4],
        ...[channels, width],
      );
  });
  return out;
}
