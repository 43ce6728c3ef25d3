import { ConversionError } from '../../conversion-error.js';
import { reshape } from '../../build/layers.js';
import { NHWC_AXIS_IN_NCHW, permute, transposeData, type Value } from '../../build/value.js';
import { int, ints, string } from '../../onnx/node.js';
import { intAttr, intListAttr, stringAttr } from '../attributes.js';
import { fail, input, numbers, product, type OpContext, type OpConverter, type OpTable } from './context.js';

function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function heldChannelsFirst(value: Value): boolean {
  return value.plain === undefined && value.channelsFirst !== undefined;
}

const reshapeOp: OpConverter = (context) => {
  const x = input(context, 0);
  const wanted = numbers(context, 1);
  const known = product(wanted.filter((size) => size !== -1));
  const dims = wanted.map((size) => (size === -1 ? product(x.dims) / known : size));
  if (product(dims) !== product(x.dims)) {
    throw fail(context, `[${x.dims.join(', ')}] cannot take the shape [${wanted.join(', ')}]`);
  }
  return reshape(context.builder, context.node.name, x, dims);
};

const squeeze: OpConverter = (context) => {
  const x = input(context, 0);
  const given = [...intListAttr(context.node, 'squeeze_dims'), ...intListAttr(context.node, 'axis')];
  const axes = new Set(given.map((axis) => axisOf(axis, x.dims.length)));
  const dims = x.dims.filter((size, axis) => (axes.size === 0 ? size !== 1 : !axes.has(axis)));
  return reshape(context.builder, context.node.name, x, dims);
};

const expandDims: OpConverter = (context) => {
  const x = input(context, 0);
  const at = axisOf(numbers(context, 1)[0] ?? 0, x.dims.length + 1);
  return reshape(context.builder, context.node.name, x, [...x.dims.slice(0, at), 1, ...x.dims.slice(at)]);
};

const transpose: OpConverter = (context) => {
  const x = input(context, 0);
  const order = numbers(context, 1).map((axis) => axisOf(axis, x.dims.length));
  const dims = permute(x.dims, order);
  if (x.constant instanceof Float32Array) {
    return { dims, dtype: x.dtype, constant: transposeData(x.constant, x.dims, order) };
  }
  const plain = context.builder.node('Transpose', context.node.name, [context.builder.plain(x)], {
    perm: ints(order),
  });
  return { dims, dtype: x.dtype, plain };
};

function join(context: OpContext, values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw fail(context, 'nothing to join');
  const at = axisOf(axis, first.dims.length);
  const dims = first.dims.map((size, i) =>
    i === at ? values.reduce((sum, value) => sum + (value.dims[i] ?? 0), 0) : size,
  );
  const { dtype } = first;
  const { builder, node } = context;
  if (dims.length <= 1 && values.every(({ constant }) => constant instanceof Int32Array)) {
    return {
      dims,
      dtype,
      constant: Int32Array.from(values.flatMap(({ constant }) => Array.from(constant ?? []))),
    };
  }
  if (values.some(heldChannelsFirst)) {
    const inputs = values.map((value) => builder.channelsFirst(value));
    return {
      dims,
      dtype,
      channelsFirst: builder.node('Concat', node.name, inputs, { axis: int(NHWC_AXIS_IN_NCHW[at] ?? at) }),
    };
  }
  const inputs = values.map((value) => builder.plain(value));
  return { dims, dtype, plain: builder.node('Concat', node.name, inputs, { axis: int(at) }) };
}

const concat: OpConverter = (context) =>
  join(context, context.inputs.slice(0, -1), numbers(context, context.inputs.length - 1)[0] ?? 0);

const pack: OpConverter = (context) => {
  const axis = intAttr(context.node, 'axis', 0);
  const values = context.inputs.map((value, i) => {
    const at = axisOf(axis, value.dims.length + 1);
    const dims = [...value.dims.slice(0, at), 1, ...value.dims.slice(at)];
    return reshape(context.builder, `${context.node.name}/${i}`, value, dims);
  });
  return join(context, values, axis);
};

const split: OpConverter = (context) => {
  // Split has its axis first, SplitV its sizes second and its axis third.
  const sized = context.node.op === 'SplitV';
  const x = input(context, sized ? 0 : 1);
  const axis = axisOf(numbers(context, sized ? 2 : 0)[0] ?? 0, x.dims.length);
  const size = x.dims[axis] ?? 0;
  const count = intAttr(context.node, 'num_split', sized ? numbers(context, 1).length : 1);
  const sizes = sized ? numbers(context, 1) : Array.from({ length: count }, () => size / count);
  const first = heldChannelsFirst(x);
  const { builder, node } = context;
  const outputs = builder.nodes(
    'Split',
    node.name,
    [first ? builder.channelsFirst(x) : builder.plain(x), builder.integers(`${node.name}/sizes`, sizes)],
    sizes.length,
    { axis: int(first ? (NHWC_AXIS_IN_NCHW[axis] ?? axis) : axis) },
  );
  return outputs.map((name, i): Value => {
    const dims = x.dims.map((each, k) => (k === axis ? (sizes[i] ?? 0) : each));
    return { dims, dtype: x.dtype, ...(first ? { channelsFirst: name } : { plain: name }) };
  });
};

/** Python-like slicing with its bit masks; ellipsis and new axes are not used by face models. */
const stridedSlice: OpConverter = (context) => {
  const x = input(context, 0);
  const [begin, end, strides] = [numbers(context, 1), numbers(context, 2), numbers(context, 3)];
  const mask = (name: string, axis: number) => ((intAttr(context.node, name, 0) >> axis) & 1) === 1;
  if (intAttr(context.node, 'ellipsis_mask', 0) !== 0 || intAttr(context.node, 'new_axis_mask', 0) !== 0) {
    throw fail(context, 'ellipsis and new axes are not supported');
  }
  const picked = begin.map((_, axis) => {
    const size = x.dims[axis] ?? 0;
    const step = strides[axis] ?? 1;
    if (step < 1) throw fail(context, 'negative strides are not supported');
    const clamp = (edge: number) => Math.min(Math.max(edge < 0 ? edge + size : edge, 0), size);
    const from = mask('begin_mask', axis) ? 0 : clamp(begin[axis] ?? 0);
    const shrink = mask('shrink_axis_mask', axis);
    const to = shrink ? from + 1 : mask('end_mask', axis) ? size : clamp(end[axis] ?? 0);
    return { from, to, step, shrink, whole: from === 0 && to === size && step === 1 && !shrink };
  });
  const sliced = x.dims.map((size, axis) => {
    const pick = picked[axis];
    return pick === undefined ? size : Math.max(0, Math.ceil((pick.to - pick.from) / pick.step));
  });
  const dims = sliced.filter((_, axis) => picked[axis]?.shrink !== true);
  if (x.constant instanceof Int32Array && x.dims.length === 1) {
    const [pick] = picked;
    const values = x.constant.filter(
      (_, i) => pick === undefined || (i >= pick.from && i < pick.to && (i - pick.from) % pick.step === 0),
    );
    return { dims, dtype: x.dtype, constant: values };
  }
  const { builder, node } = context;
  const axes = picked.flatMap(({ whole }, axis) => (whole ? [] : [axis]));
  if (axes.length === 0) return x;
  const list = (name: string, read: (pick: (typeof picked)[number]) => number) =>
    builder.integers(
      `${node.name}/${name}`,
      axes.map((axis) => {
        const pick = picked[axis];
        return pick === undefined ? 0 : read(pick);
      }),
    );
  const cut = builder.node('Slice', `${node.name}/Slice`, [
    builder.plain(x),
    list('starts', ({ from }) => from),
    list('ends', ({ to }) => to),
    builder.integers(`${node.name}/axes`, axes),
    list('steps', ({ step }) => step),
  ]);
  return reshape(builder, node.name, { dims: sliced, dtype: x.dtype, plain: cut }, dims);
};

const slice: OpConverter = (context) => {
  const x = input(context, 0);
  const begin = numbers(context, 1);
  const size = numbers(context, 2).map((each, axis) =>
    each === -1 ? (x.dims[axis] ?? 0) - (begin[axis] ?? 0) : each,
  );
  const axes = size.flatMap((each, axis) => (each === x.dims[axis] ? [] : [axis]));
  if (axes.length === 0) return x;
  const { builder, node } = context;
  const list = (name: string, values: readonly number[]) =>
    builder.integers(
      `${node.name}/${name}`,
      axes.map((axis) => values[axis] ?? 0),
    );
  const plain = builder.node('Slice', node.name, [
    builder.plain(x),
    list('starts', begin),
    list(
      'ends',
      size.map((each, axis) => each + (begin[axis] ?? 0)),
    ),
    builder.integers(`${node.name}/axes`, axes),
  ]);
  return { dims: size, dtype: x.dtype, plain };
};

const pad: OpConverter = (context) => {
  const x = input(context, 0);
  const flat = numbers(context, 1);
  const before = x.dims.map((_, axis) => flat[axis * 2] ?? 0);
  const after = x.dims.map((_, axis) => flat[axis * 2 + 1] ?? 0);
  const dims = x.dims.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0));
  const { builder, node } = context;
  const kind = stringAttr(node, 'mode', '').toUpperCase();
  if (kind === 'SYMMETRIC') throw fail(context, 'symmetric padding has no counterpart in ONNX');
  const mode = kind === 'REFLECT' ? 'reflect' : 'constant';
  const first = x.dims.length === 4 && (heldChannelsFirst(x) || x.channelsFirst !== undefined);
  const order = (values: readonly number[]) => (first ? permute(values, [0, 3, 1, 2]) : values);
  const inputs = [
    first ? builder.channelsFirst(x) : builder.plain(x),
    builder.integers(`${node.name}/pads`, [...order(before), ...order(after)]),
  ];
  if (mode === 'constant') {
    const value = node.op === 'PadV2' ? (numbers(context, 2)[0] ?? 0) : 0;
    inputs.push(builder.floats(`${node.name}/value`, [], Float32Array.of(value)));
  }
  const output = builder.node('Pad', node.name, inputs, { mode: string(mode) });
  return { dims, dtype: x.dtype, ...(first ? { channelsFirst: output } : { plain: output }) };
};

const shape: OpConverter = (context) => {
  const { dims } = input(context, 0);
  return { dims: [dims.length], dtype: 'int32', constant: Int32Array.from(dims) };
};

const fill: OpConverter = (context) => {
  const dims = numbers(context, 0);
  const value = input(context, 1);
  const [element = 0] = numbers(context, 1);
  const length = product(dims);
  const constant =
    value.dtype === 'float32' ? new Float32Array(length).fill(element) : new Int32Array(length).fill(element);
  return { dims, dtype: value.dtype, constant };
};

const range: OpConverter = (context) => {
  const [[start = 0], [limit = 0], [step = 1]] = [
    numbers(context, 0),
    numbers(context, 1),
    numbers(context, 2),
  ];
  const length = Math.max(0, Math.ceil((limit - start) / step));
  return {
    dims: [length],
    dtype: 'int32',
    constant: Int32Array.from({ length }, (_, i) => start + i * step),
  };
};

const tile: OpConverter = (context) => {
  const x = input(context, 0);
  const repeats = numbers(context, 1);
  const { builder, node } = context;
  const plain = builder.node('Tile', node.name, [
    builder.plain(x),
    builder.integers(`${node.name}/repeats`, repeats),
  ]);
  return { dims: x.dims.map((size, axis) => size * (repeats[axis] ?? 1)), dtype: x.dtype, plain };
};

const gather: OpConverter = (context) => {
  const x = input(context, 0);
  const indices = input(context, 1);
  const axis = axisOf(context.inputs.length > 2 ? (numbers(context, 2)[0] ?? 0) : 0, x.dims.length);
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const { builder, node } = context;
  const plain = builder.node('Gather', node.name, [builder.plain(x), builder.plain(indices)], {
    axis: int(axis),
  });
  return { dims, dtype: x.dtype, plain };
};

/** Reduction over constant axes; those over the picture alone need no transposition. */
const reduce =
  (opType: 'ReduceMean' | 'ReduceSum' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd'): OpConverter =>
  (context) => {
    const x = input(context, 0);
    const axes = numbers(context, 1).map((axis) => axisOf(axis, x.dims.length));
    const keep = (context.node.attr?.['keep_dims'] ?? context.node.attr?.['keepDims'])?.b ?? false;
    const dims = x.dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
    if (opType === 'ReduceProd' && x.constant instanceof Int32Array && x.dims.length === 1) {
      return { dims, dtype: x.dtype, constant: Int32Array.of(product(Array.from(x.constant))) };
    }
    const { builder, node } = context;
    // Without the picture's dimensions, [n, channels] is the same in both orders.
    const overPicture = axes.toSorted().join() === '1,2';
    const first = heldChannelsFirst(x) && (keep || overPicture);
    const mapped = first ? axes.map((axis) => NHWC_AXIS_IN_NCHW[axis] ?? axis) : axes;
    const source = first ? builder.channelsFirst(x) : builder.plain(x);
    const keepdims = { keepdims: int(keep ? 1 : 0) };
    const output =
      opType === 'ReduceSum'
        ? builder.node(opType, node.name, [source, builder.integers(`${node.name}/axes`, mapped)], keepdims)
        : builder.node(opType, node.name, [source], { axes: ints(mapped), ...keepdims });
    return { dims, dtype: x.dtype, ...(first && keep ? { channelsFirst: output } : { plain: output }) };
  };

/**
 * Resizing by TensorFlow's three conventions: corners aligned, pixel centres at halves, or neither. The batch of the
 * target size is read from the input, so that it stays free.
 */
const resize =
  (mode: 'linear' | 'nearest'): OpConverter =>
  (context) => {
    const x = input(context, 0);
    const [height = 0, width = 0] = numbers(context, 1);
    const { builder, node } = context;
    const align = node.attr?.['align_corners']?.b ?? false;
    const half = node.attr?.['half_pixel_centers']?.b ?? false;
    if (mode === 'nearest' && (align || half)) {
      throw fail(context, 'nearest neighbours with aligned corners or half-pixel centres are not supported');
    }
    const source = builder.channelsFirst(x);
    const outer = builder.node('Shape', `${node.name}/outer`, [source], { start: int(0), end: int(2) });
    const target = builder.integers(`${node.name}/target`, [height, width]);
    const sizes = builder.node('Concat', `${node.name}/sizes`, [outer, target], { axis: int(0) });
    const channelsFirst = builder.node('Resize', node.name, [source, '', '', sizes], {
      mode: string(mode),
      coordinate_transformation_mode: string(align ? 'align_corners' : half ? 'half_pixel' : 'asymmetric'),
      ...(mode === 'nearest' ? { nearest_mode: string('floor') } : {}),
    });
    return { dims: [x.dims[0] ?? 1, height, width, x.dims[3] ?? 0], dtype: x.dtype, channelsFirst };
  };

const depthToSpace: OpConverter = (context) => {
  const x = input(context, 0);
  const block = intAttr(context.node, 'block_size', 1);
  const [n = 1, height = 0, width = 0, channels = 0] = x.dims;
  const { builder, node } = context;
  const channelsFirst = builder.node('DepthToSpace', node.name, [builder.channelsFirst(x)], {
    blocksize: int(block),
    mode: string('DCR'),
  });
  return {
    dims: [n, height * block, width * block, channels / (block * block)],
    dtype: x.dtype,
    channelsFirst,
  };
};

const unsupportedRank: OpConverter = (context) => {
  throw new ConversionError('products of stacks of matrices are not supported', {
    node: context.node.name,
    operator: context.node.op,
  });
};

/** Operators that move, cut, join, reduce or resize. */
export const SHAPE_OPS: OpTable = {
  Reshape: reshapeOp,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Transpose: transpose,
  ConcatV2: concat,
  Pack: pack,
  Split: split,
  SplitV: split,
  StridedSlice: stridedSlice,
  Slice: slice,
  Pad: pad,
  PadV2: pad,
  MirrorPad: pad,
  Shape: shape,
  Fill: fill,
  Range: range,
  Tile: tile,
  GatherV2: gather,
  Gather: gather,
  Mean: reduce('ReduceMean'),
  Sum: reduce('ReduceSum'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  DepthToSpace: depthToSpace,
  BatchMatMulV2: unsupportedRank,
};
