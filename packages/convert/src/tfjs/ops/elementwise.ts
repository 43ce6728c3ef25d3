import { activation, binary, elementwise, prelu } from '../../build/layers.js';
import { castTo } from '../../build/graph-builder.js';
import type { Value } from '../../build/value.js';
import { float, int } from '../../onnx/node.js';
import { floatAttr, typeAttr } from '../attributes.js';
import { floats, input, numbers, type OpContext, type OpConverter, type OpTable } from './context.js';

const unary =
  (opType: string): OpConverter =>
  (context) =>
    elementwise(context.builder, opType, context.node.name, input(context, 0));

/** Integers known at conversion time (sizes, mostly) are computed then. */
function integerResult(context: OpContext, compute: (a: number, b: number) => number): Value | undefined {
  const a = input(context, 0);
  const b = input(context, 1);
  if (!(a.constant instanceof Int32Array) || !(b.constant instanceof Int32Array)) return undefined;
  const [x, y] = [numbers(context, 0), numbers(context, 1)];
  const length = Math.max(x.length, y.length);
  const at = (values: number[], i: number) => values[values.length === 1 ? 0 : i] ?? 0;
  const constant = Int32Array.from({ length }, (_, i) => compute(at(x, i), at(y, i)));
  return { dims: a.dims.length >= b.dims.length ? a.dims : b.dims, dtype: 'int32', constant };
}

const arithmetic =
  (opType: string, onIntegers?: (a: number, b: number) => number): OpConverter =>
  (context) => {
    const known = onIntegers === undefined ? undefined : integerResult(context, onIntegers);
    return known ?? binary(context.builder, opType, context.node.name, input(context, 0), input(context, 1));
  };

const addN: OpConverter = (context) =>
  context.inputs.slice(1).reduce(
    (sum, value, i) => {
      const last = i === context.inputs.length - 2;
      return binary(
        context.builder,
        'Add',
        last ? context.node.name : `${context.node.name}/${i}`,
        sum,
        value,
      );
    },
    input(context, 0),
  );

const cast: OpConverter = (context) => {
  const x = input(context, 0);
  const dtype = typeAttr(context.node, 'DstT');
  const { dims, constant } = x;
  if (constant !== undefined && dtype === 'float32')
    return { dims, dtype, constant: Float32Array.from(constant) };
  if (constant !== undefined && dtype === 'int32')
    return { dims, dtype, constant: Int32Array.from(constant) };
  return { ...elementwise(context.builder, 'Cast', context.node.name, x, { to: castTo(dtype) }), dtype };
};

const rsqrt: OpConverter = (context) => {
  const { builder, node } = context;
  const root = elementwise(builder, 'Sqrt', `${node.name}/Sqrt`, input(context, 0));
  return elementwise(builder, 'Reciprocal', node.name, root);
};

const square: OpConverter = (context) =>
  binary(context.builder, 'Mul', context.node.name, input(context, 0), input(context, 0));

const squaredDifference: OpConverter = (context) => {
  const { builder, node } = context;
  const apart = binary(builder, 'Sub', `${node.name}/Sub`, input(context, 0), input(context, 1));
  return binary(builder, 'Mul', node.name, apart, apart);
};

/** Softmax over the last dimension, which for an image held channels first is the second. */
const softmax: OpConverter = (context) => {
  const x = input(context, 0);
  const channelsFirst = x.plain === undefined && x.channelsFirst !== undefined;
  return elementwise(context.builder, 'Softmax', context.node.name, x, { axis: int(channelsFirst ? 1 : -1) });
};

const activate =
  (kind: string): OpConverter =>
  (context) =>
    activation(context.builder, kind, context.node.name, input(context, 0));

const leakyRelu: OpConverter = (context) =>
  elementwise(context.builder, 'LeakyRelu', context.node.name, input(context, 0), {
    alpha: float(floatAttr(context.node, 'alpha', 0.2)),
  });

/** Operators that work element by element, with broadcasting. */
export const ELEMENTWISE_OPS: OpTable = {
  Identity: (context) => input(context, 0),
  StopGradient: (context) => input(context, 0),
  Add: arithmetic('Add', (a, b) => a + b),
  AddV2: arithmetic('Add', (a, b) => a + b),
  BiasAdd: arithmetic('Add'),
  AddN: addN,
  Sub: arithmetic('Sub', (a, b) => a - b),
  Mul: arithmetic('Mul', (a, b) => a * b),
  RealDiv: arithmetic('Div'),
  Div: arithmetic('Div'),
  FloorDiv: arithmetic('Div', (a, b) => Math.floor(a / b)),
  Maximum: arithmetic('Max', Math.max),
  Minimum: arithmetic('Min', Math.min),
  Pow: arithmetic('Pow'),
  SquaredDifference: squaredDifference,
  Square: square,
  Rsqrt: rsqrt,
  Relu: activate('Relu'),
  Relu6: activate('Relu6'),
  Elu: activate('Elu'),
  Sigmoid: activate('Sigmoid'),
  Tanh: activate('Tanh'),
  LeakyRelu: leakyRelu,
  Prelu: (context) => prelu(context.builder, context.node.name, input(context, 0), floats(context, 1)),
  Softmax: softmax,
  Sqrt: unary('Sqrt'),
  Abs: unary('Abs'),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Reciprocal: unary('Reciprocal'),
  Cast: cast,
};
