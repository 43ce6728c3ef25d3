import { floatValues, intValues, isIntTensor } from '../onnx/tensor.js';
import { intAttribute, intsAttribute, stringAttribute } from '../onnx/node.js';
import type { NodeProto } from '../onnx/onnx.generated.js';
import {
  batchAxis,
  BatchBlocked,
  broadcast,
  dependsOnBatch,
  fromStart,
  product,
  type Dim,
  type IntElement,
  type TracedValue,
} from './batch-dims.js';

/** What a rule sees of the graph around its node. */
export interface RuleContext {
  readonly node: NodeProto;
  /** One per input of the node; an omitted optional input is undefined. */
  readonly inputs: readonly (TracedValue | undefined)[];
  readonly opset: number;
  /** Replaces the node's integer input by a constant of its own. */
  readonly setIntInput: (index: number, values: readonly number[]) => void;
}

/** Follows the batch dimension through one operator: returns the outputs, or throws BatchBlocked. */
export type BatchRule = (context: RuleContext) => TracedValue[];

type Dims = readonly Dim[];

function required(context: RuleContext, index: number): TracedValue {
  const value = context.inputs[index];
  if (value === undefined) throw new BatchBlocked(`input ${index} is missing`);
  return value;
}

function dimsOfInput(context: RuleContext, index: number): Dims {
  const { dims } = required(context, index);
  if (dims === undefined) throw new BatchBlocked(`the rank of input ${index} is not known`);
  return dims;
}

function rejectDependent(context: RuleContext, from: number): void {
  for (let i = from; i < context.inputs.length; i++) {
    const value = context.inputs[i];
    if (value !== undefined && dependsOnBatch(value)) {
      throw new BatchBlocked(`its input ${i} depends on the batch`);
    }
  }
}

/** Integers of a constant input, or of an attribute in older operator sets. Undefined when given by neither. */
function intsOf(
  context: RuleContext,
  index: number,
  attributeName: string,
): readonly IntElement[] | undefined {
  const value = context.inputs[index];
  if (value === undefined) return intsAttribute(context.node, attributeName);
  if (value.ints === undefined) throw new BatchBlocked(`its ${attributeName} are computed at run time`);
  return value.ints;
}

function numbersOf(
  context: RuleContext,
  index: number,
  attributeName: string,
): readonly number[] | undefined {
  const elements = intsOf(context, index, attributeName);
  return elements?.map((element) => {
    if (typeof element !== 'number') throw new BatchBlocked(`its ${attributeName} are computed at run time`);
    return element;
  });
}

/** Same shape out as the first input's in; the other inputs must not depend on the batch. */
const unary: BatchRule = (context) => {
  rejectDependent(context, 1);
  const { dims, ints } = required(context, 0);
  const value: TracedValue = {
    ...(dims === undefined ? {} : { dims }),
    // Only these two leave integers as they are.
    ...(ints !== undefined && /^(Identity|Cast)$/.test(context.node.opType) ? { ints } : {}),
  };
  return context.node.output.map(() => value);
};

const elementwise: BatchRule = (context) => {
  const values = context.inputs.map((_, index) => required(context, index));
  const [first, second] = values;
  if (first?.ints !== undefined && second?.ints !== undefined && values.length === 2) {
    return [intArithmetic(context.node.opType, first, second)];
  }
  return [{ dims: broadcast(values.map((_, index) => dimsOfInput(context, index))) }];
};

function intArithmetic(opType: string, a: TracedValue, b: TracedValue): TracedValue {
  const left = a.ints ?? [];
  const right = b.ints ?? [];
  const length = Math.max(left.length, right.length);
  const ints = Array.from({ length }, (_, i): IntElement => {
    const x = left[left.length === 1 ? 0 : i] ?? 'unknown';
    const y = right[right.length === 1 ? 0 : i] ?? 'unknown';
    if (typeof x === 'number' && typeof y === 'number') {
      if (opType === 'Add') return x + y;
      if (opType === 'Sub') return x - y;
      if (opType === 'Mul') return x * y;
      if (opType === 'Div' && y !== 0) return Math.trunc(x / y);
      return 'unknown';
    }
    if (opType === 'Mul' && (x === 1 || y === 1)) return x === 1 ? y : x;
    return [x, y].some((each) => each === 'batch' || each === 'mixed') ? 'mixed' : 'unknown';
  });
  const scalar = a.dims?.length === 0 && b.dims?.length === 0;
  return { dims: scalar ? [] : [length], ints };
}

/** Spatial size after a sliding window, by the ONNX definition of pads, strides, dilations and auto_pad. */
function windowed(context: RuleContext, spatial: Dims, kernel: readonly (number | undefined)[]): Dim[] {
  const { node } = context;
  const strides = intsAttribute(node, 'strides');
  const dilations = intsAttribute(node, 'dilations');
  const pads = intsAttribute(node, 'pads');
  const autoPad = stringAttribute(node, 'auto_pad') ?? 'NOTSET';
  const round = intAttribute(node, 'ceil_mode') === 1 ? Math.ceil : Math.floor;
  return spatial.map((size, i) => {
    const window = kernel[i];
    if (typeof size !== 'number' || window === undefined) return 'unknown';
    const stride = strides?.[i] ?? 1;
    const extent = (window - 1) * (dilations?.[i] ?? 1) + 1;
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const padding = autoPad === 'VALID' ? 0 : (pads?.[i] ?? 0) + (pads?.[i + spatial.length] ?? 0);
    return round((size + padding - extent) / stride) + 1;
  });
}

function batchFirst(context: RuleContext): Dims {
  const dims = dimsOfInput(context, 0);
  if (dims[0] !== 'batch') throw new BatchBlocked('the batch is not its first dimension');
  return dims;
}

const conv: BatchRule = (context) => {
  rejectDependent(context, 1);
  const dims = batchFirst(context);
  const weights = required(context, 1).dims;
  const kernel = intsAttribute(context.node, 'kernel_shape') ?? weights?.slice(2) ?? [];
  const sizes = kernel.map((size) => (typeof size === 'number' ? size : undefined));
  return [{ dims: ['batch', weights?.[0] ?? 'unknown', ...windowed(context, dims.slice(2), sizes)] }];
};

const convTranspose: BatchRule = (context) => {
  rejectDependent(context, 1);
  const dims = batchFirst(context);
  return [{ dims: ['batch', ...dims.slice(1).map(() => 'unknown' as const)] }];
};

const pool: BatchRule = (context) => {
  const [, channels = 'unknown', ...spatial] = batchFirst(context);
  const kernel = intsAttribute(context.node, 'kernel_shape') ?? [];
  const dims: Dim[] = ['batch', channels, ...windowed(context, spatial, kernel)];
  return context.node.output.map(() => ({ dims }));
};

const globalPool: BatchRule = (context) => {
  const [, channels = 'unknown', ...spatial] = batchFirst(context);
  return [{ dims: ['batch', channels, ...spatial.map(() => 1)] }];
};

const channelwise: BatchRule = (context) => {
  rejectDependent(context, 1);
  const dims = batchFirst(context);
  return context.node.output.map((_, index) => (index === 0 ? { dims } : {}));
};

/**
 * A reshape keeps samples apart exactly when the batch is the first dimension before and after. A first dimension of
 * 1 becomes 0, which ONNX reads as "as in the input".
 */
const reshape: BatchRule = (context) => {
  const input = dimsOfInput(context, 0);
  const shape = intsOf(context, 1, 'shape');
  if (shape === undefined) throw new BatchBlocked('its shape is missing');
  const [first, ...rest] = shape;
  if (input[0] !== 'batch') throw new BatchBlocked('the batch is not the first dimension before the reshape');
  if (shape.includes('mixed')) throw new BatchBlocked('its shape is computed from the batch');
  const perSample = product(input.slice(1));
  const wanted = rest.map((dim, i): IntElement => (dim === 0 ? (input[i + 1] ?? 'unknown') : dim));
  if (first === -1) {
    const others = product(wanted);
    if (others === undefined || perSample === undefined) {
      throw new BatchBlocked(`it cannot be told whether the shape [${shape.join(', ')}] keeps samples apart`);
    }
    if (others !== perSample) {
      throw new BatchBlocked(
        `its shape [${shape.join(', ')}] runs the ${perSample} values of each sample into one long list`,
      );
    }
  } else if (first !== 1 && first !== 0 && first !== 'batch') {
    throw new BatchBlocked(`its shape [${shape.join(', ')}] does not begin with the batch`);
  }
  if (rest.includes('batch'))
    throw new BatchBlocked('the batch is not the first dimension after the reshape');
  if (intAttribute(context.node, 'allowzero') === 1) {
    throw new BatchBlocked('it uses allowzero, under which 0 does not mean "as in the input"');
  }
  const numbers = rest.filter((dim) => typeof dim === 'number');
  const known = numbers.length === rest.length;
  if (known) {
    context.setIntInput(1, [0, ...numbers]);
  } else if (first !== 0 && first !== 'batch') {
    throw new BatchBlocked('its shape is computed at run time and begins with a fixed batch');
  }
  const inferred = product(wanted.filter((dim) => dim !== -1));
  return [
    {
      dims: [
        'batch',
        ...wanted.map((dim): Dim => {
          if (dim !== -1) return typeof dim === 'number' ? dim : 'unknown';
          return perSample === undefined || inferred === undefined ? 'unknown' : perSample / inferred;
        }),
      ],
    },
  ];
};

const flatten: BatchRule = (context) => {
  const dims = batchFirst(context);
  const axis = fromStart(intAttribute(context.node, 'axis') ?? 1, dims.length);
  if (axis === 0 || product(dims.slice(1, axis)) !== 1) {
    throw new BatchBlocked(`flattening at axis ${axis} runs samples together`);
  }
  return [{ dims: ['batch', product(dims.slice(axis)) ?? 'unknown'] }];
};

const transpose: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const order = intsAttribute(context.node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i);
  return [{ dims: order.map((axis) => dims[axis] ?? 'unknown') }];
};

const gemm: BatchRule = (context) => {
  rejectDependent(context, 1);
  const dims = batchFirst(context);
  if (intAttribute(context.node, 'transA') === 1) throw new BatchBlocked('it transposes the batch (transA)');
  const weights = dimsOfInput(context, 1);
  const columns = weights[intAttribute(context.node, 'transB') === 1 ? 0 : 1] ?? 'unknown';
  const bias = context.inputs[2]?.dims ?? [];
  broadcast([['batch', columns], bias]);
  return [{ dims: [dims[0] ?? 'batch', columns] }];
};

const matMul: BatchRule = (context) => {
  const a = dimsOfInput(context, 0);
  const b = dimsOfInput(context, 1);
  if (a.length < 2 || b.length < 2) throw new BatchBlocked('vectors are not followed');
  if (a.at(-1) === 'batch' || b.at(-1) === 'batch' || b.at(-2) === 'batch') {
    throw new BatchBlocked('the batch is a matrix dimension');
  }
  if (a.at(-2) === 'batch' && b.length > 2) throw new BatchBlocked('the batch is a matrix dimension');
  return [{ dims: [...broadcast([a.slice(0, -2), b.slice(0, -2)]), a.at(-2) ?? 1, b.at(-1) ?? 1] }];
};

const concat: BatchRule = (context) => {
  const values = context.inputs.map((_, index) => required(context, index));
  if (values.every(({ ints }) => ints !== undefined)) {
    const ints = values.flatMap((value) => value.ints ?? []);
    return [{ dims: [ints.length], ints }];
  }
  const shapes = values.map((_, index) => dimsOfInput(context, index));
  const rank = shapes[0]?.length ?? 0;
  const axis = fromStart(intAttribute(context.node, 'axis') ?? 0, rank);
  const where = batchAxis(values[0] ?? {});
  if (values.some((value) => batchAxis(value) !== where)) {
    throw new BatchBlocked('it joins values that follow the batch with values that do not');
  }
  if (where === axis) throw new BatchBlocked('it joins along the batch');
  const sizes = shapes.map((shape) => shape[axis]);
  const total = sizes.reduce<Dim>(
    (sum, size) => (typeof sum === 'number' && typeof size === 'number' ? sum + size : 'unknown'),
    0,
  );
  return [{ dims: (shapes[0] ?? []).map((dim, i) => (i === axis ? total : dim)) }];
};

const split: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const axis = fromStart(intAttribute(context.node, 'axis') ?? 0, dims.length);
  if (dims[axis] === 'batch') throw new BatchBlocked('it splits along the batch');
  const parts = numbersOf(context, 1, 'split');
  const size = dims[axis];
  const count = context.node.output.length;
  return context.node.output.map((_, index) => {
    const even = typeof size === 'number' ? Math.ceil(size / count) : 'unknown';
    const last = typeof even === 'number' && typeof size === 'number' ? size - even * (count - 1) : even;
    const part = parts?.[index] ?? (index === count - 1 ? last : even);
    return { dims: dims.map((dim, i) => (i === axis ? part : dim)) };
  });
};

const slice: BatchRule = (context) => {
  const value = required(context, 0);
  const dims = dimsOfInput(context, 0);
  const starts = numbersOf(context, 1, 'starts') ?? [];
  const ends = numbersOf(context, 2, 'ends') ?? [];
  const axes = numbersOf(context, 3, 'axes') ?? starts.map((_, i) => i);
  const steps = numbersOf(context, 4, 'steps') ?? starts.map(() => 1);
  const result: Dim[] = [...dims];
  let ints = value.ints;
  axes.forEach((axis, i) => {
    const at = fromStart(axis, dims.length);
    const size = dims[at];
    const start = starts[i] ?? 0;
    const end = ends[i] ?? 0;
    const step = steps[i] ?? 1;
    if (size === 'batch') {
      if (start === 0 && step === 1 && end > 0x7fff_0000) return;
      throw new BatchBlocked('it slices along the batch');
    }
    if (typeof size !== 'number' || step < 1) {
      result[at] = 'unknown';
      ints = undefined;
      return;
    }
    const clamp = (edge: number) => Math.min(Math.max(edge < 0 ? edge + size : edge, 0), size);
    result[at] = Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
    ints = ints?.slice(clamp(start), clamp(end)).filter((_, k) => k % step === 0);
  });
  return [{ dims: result, ...(ints === undefined ? {} : { ints }) }];
};

const gather: BatchRule = (context) => {
  const value = required(context, 0);
  rejectDependent(context, 1);
  const indices = required(context, 1);
  const dims = dimsOfInput(context, 0);
  const axis = fromStart(intAttribute(context.node, 'axis') ?? 0, dims.length);
  if (dims[axis] === 'batch') throw new BatchBlocked('it picks single samples of the batch');
  const result = [...dims.slice(0, axis), ...dimsOfInput(context, 1), ...dims.slice(axis + 1)];
  if (value.ints === undefined || indices.ints === undefined) return [{ dims: result }];
  const { ints } = value;
  const picked = indices.ints.map((index): IntElement => {
    return typeof index === 'number' ? (ints.at(index) ?? 'unknown') : 'unknown';
  });
  return [{ dims: result, ints: picked }];
};

const unsqueeze: BatchRule = (context) => {
  const { ints } = required(context, 0);
  const dims = dimsOfInput(context, 0);
  const axes = numbersOf(context, 1, 'axes') ?? [];
  const rank = dims.length + axes.length;
  const added = new Set(axes.map((axis) => fromStart(axis, rank)));
  let next = 0;
  const result = Array.from({ length: rank }, (_, i): Dim =>
    added.has(i) ? 1 : (dims[next++] ?? 'unknown'),
  );
  return [{ dims: result, ...(ints === undefined ? {} : { ints }) }];
};

const squeeze: BatchRule = (context) => {
  const { ints } = required(context, 0);
  const dims = dimsOfInput(context, 0);
  const axes = numbersOf(context, 1, 'axes');
  if (axes === undefined && (dims.includes('unknown') || dims.includes('batch'))) {
    throw new BatchBlocked('without axes it would drop the batch dimension of a single sample');
  }
  const dropped = new Set(
    axes?.map((axis) => fromStart(axis, dims.length)) ?? dims.flatMap((dim, i) => (dim === 1 ? [i] : [])),
  );
  if (dims.some((dim, i) => dim === 'batch' && dropped.has(i))) throw new BatchBlocked('it drops the batch');
  return [{ dims: dims.filter((_, i) => !dropped.has(i)), ...(ints === undefined ? {} : { ints }) }];
};

/** Since which operator set the reductions take their axes as an input. */
const REDUCE_AXES_INPUT = { ReduceSum: 13 } as const satisfies Record<string, number>;

const reduce: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const since = context.node.opType === 'ReduceSum' ? REDUCE_AXES_INPUT.ReduceSum : 18;
  const given = context.opset >= since ? numbersOf(context, 1, 'axes') : intsAttribute(context.node, 'axes');
  const arg = context.node.opType.startsWith('Arg') ? [intAttribute(context.node, 'axis') ?? 0] : undefined;
  const axes = new Set((arg ?? given ?? dims.map((_, i) => i)).map((axis) => fromStart(axis, dims.length)));
  if (dims.some((dim, i) => dim === 'batch' && axes.has(i)))
    throw new BatchBlocked('it reduces over the batch');
  const keep = (intAttribute(context.node, 'keepdims') ?? 1) === 1;
  return [{ dims: dims.flatMap((dim, i): Dim[] => (axes.has(i) ? (keep ? [1] : []) : [dim])) }];
};

/** Softmax and its kin: before operator set 13 they flatten everything from `axis` on. */
const softmax: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const old = context.opset < 13 && /^(Softmax|LogSoftmax|Hardmax)$/.test(context.node.opType);
  const axis = fromStart(intAttribute(context.node, 'axis') ?? (old ? 1 : -1), dims.length);
  const where = dims.indexOf('batch');
  if (old ? where >= axis : where === axis) throw new BatchBlocked('it normalises over the batch');
  return [{ dims }];
};

const layerNormalization: BatchRule = (context) => {
  rejectDependent(context, 1);
  const dims = dimsOfInput(context, 0);
  const axis = fromStart(intAttribute(context.node, 'axis') ?? -1, dims.length);
  if (dims.indexOf('batch') >= axis) throw new BatchBlocked('it normalises over the batch');
  return context.node.output.map((_, index) => (index === 0 ? { dims } : {}));
};

const pad: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const pads = numbersOf(context, 1, 'pads') ?? intsAttribute(context.node, 'paddings') ?? [];
  rejectDependent(context, 2);
  return [
    {
      dims: dims.map((dim, i) => {
        const added = (pads[i] ?? 0) + (pads[i + dims.length] ?? 0);
        if (dim === 'batch' && added !== 0) throw new BatchBlocked('it pads the batch');
        return typeof dim === 'number' ? dim + added : dim;
      }),
    },
  ];
};

const resize: BatchRule = (context) => {
  const dims = batchFirst(context);
  const sizes = context.inputs[3]?.ints;
  if (context.inputs[3] !== undefined) {
    if (sizes?.[0] !== 'batch') throw new BatchBlocked('its target size fixes the batch');
    return [{ dims: dims.map((dim, i) => (i === 0 ? dim : intDim(sizes[i]))) }];
  }
  const scaleInput = context.inputs[context.node.opType === 'Upsample' || context.opset < 11 ? 1 : 2];
  const scales = scaleInput?.constant === undefined ? undefined : floatValues(scaleInput.constant);
  if (scales === undefined) throw new BatchBlocked('its scales are computed at run time');
  if (scales[0] !== 1) throw new BatchBlocked('it scales the batch');
  return [
    { dims: dims.map((dim, i) => (typeof dim === 'number' ? Math.floor(dim * (scales[i] ?? 1)) : dim)) },
  ];
};

function intDim(element: IntElement | undefined): Dim {
  return typeof element === 'number' ? element : 'unknown';
}

const shape: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const start = fromStart(intAttribute(context.node, 'start') ?? 0, dims.length);
  const end = fromStart(intAttribute(context.node, 'end') ?? dims.length, dims.length);
  const ints = dims.slice(start, end);
  return [{ dims: [ints.length], ints }];
};

const constantOfShape: BatchRule = (context) => {
  const target = intsOf(context, 0, 'shape') ?? [];
  if (target.includes('mixed')) throw new BatchBlocked('its shape is computed from the batch');
  return [{ dims: target.map((dim) => (dim === 'mixed' ? 'unknown' : dim)) }];
};

/** Broadcasting to a shape: a 1 in the shape leaves the batch as it is. */
const expand: BatchRule = (context) => {
  const target = intsOf(context, 1, 'shape') ?? [];
  if (target.includes('mixed')) throw new BatchBlocked('its shape is computed from the batch');
  return [
    { dims: broadcast([dimsOfInput(context, 0), target.map((dim) => (dim === 'mixed' ? 'unknown' : dim))]) },
  ];
};

const tile: BatchRule = (context) => {
  const dims = dimsOfInput(context, 0);
  const repeats = numbersOf(context, 1, 'repeats') ?? [];
  return [
    {
      dims: dims.map((dim, i) => {
        const times = repeats[i] ?? 1;
        if (dim === 'batch' && times !== 1) throw new BatchBlocked('it repeats the batch');
        return typeof dim === 'number' ? dim * times : dim;
      }),
    },
  ];
};

const depthToSpace: BatchRule = (context) => {
  const [, channels, height, width] = batchFirst(context);
  const block = intAttribute(context.node, 'blocksize') ?? 1;
  const grow = (dim: Dim | undefined, factor: number): Dim =>
    typeof dim === 'number' ? dim * factor : 'unknown';
  const [c, s] =
    context.node.opType === 'DepthToSpace' ? [1 / (block * block), block] : [block * block, 1 / block];
  return [{ dims: ['batch', grow(channels, c), grow(height, s), grow(width, s)] }];
};

const table: readonly (readonly [BatchRule, string])[] = [
  [
    unary,
    'Identity Cast Dropout Relu LeakyRelu Elu Selu Celu ThresholdedRelu Sigmoid HardSigmoid HardSwish Mish Gelu Tanh ' +
      'Softplus Softsign Exp Log Sqrt Reciprocal Abs Neg Sign Floor Ceil Round Erf Sin Cos Atan Not Clip',
  ],
  [
    elementwise,
    'Add Sub Mul Div Pow PRelu Min Max Mean Sum Equal Less Greater LessOrEqual GreaterOrEqual And Or Xor Where Mod',
  ],
  [conv, 'Conv'],
  [convTranspose, 'ConvTranspose'],
  [pool, 'MaxPool AveragePool LpPool'],
  [globalPool, 'GlobalAveragePool GlobalMaxPool GlobalLpPool'],
  [channelwise, 'BatchNormalization InstanceNormalization LRN GroupNormalization'],
  [reshape, 'Reshape'],
  [flatten, 'Flatten'],
  [transpose, 'Transpose'],
  [gemm, 'Gemm'],
  [matMul, 'MatMul'],
  [concat, 'Concat'],
  [split, 'Split'],
  [slice, 'Slice'],
  [gather, 'Gather'],
  [unsqueeze, 'Unsqueeze'],
  [squeeze, 'Squeeze'],
  [
    reduce,
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ' +
      'ReduceLogSumExp ArgMax ArgMin',
  ],
  [softmax, 'Softmax LogSoftmax Hardmax LpNormalization'],
  [layerNormalization, 'LayerNormalization'],
  [pad, 'Pad'],
  [resize, 'Resize Upsample'],
  [shape, 'Shape'],
  [constantOfShape, 'ConstantOfShape'],
  [expand, 'Expand'],
  [tile, 'Tile'],
  [depthToSpace, 'DepthToSpace SpaceToDepth'],
];

/** Rules by ONNX operator type. */
export const BATCH_RULES: ReadonlyMap<string, BatchRule> = new Map(
  table.flatMap(([rule, names]) => names.split(' ').map((name) => [name, rule] as const)),
);

/** What a constant says about itself. */
export function tracedConstant(constant: NonNullable<TracedValue['constant']>): TracedValue {
  const dims = constant.dims.map(Number);
  if (dims.length > 1 || !isIntTensor(constant)) return { dims, constant };
  return { dims, constant, ints: intValues(constant) };
}
