import { constantsOf, floatAttribute } from '../onnx/node.js';
import type { GraphProto, NodeProto, TensorProto } from '../onnx/onnx.generated.js';
import { DataType, elementCount, floatTensor, floatValues } from '../onnx/tensor.js';

/** y = scale * x + shift, per output channel. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Folds what follows a convolution and is affine per channel into its weights and bias: `BatchNormalization`, and
 * `Mul`, `Add` and `Sub` with a constant per channel (1xCx1x1 or Cx1x1) or a scalar. Computed in double precision, so
 * that results differ by rounding of the new weights only (about 1e-7 relative).
 *
 * @returns How many nodes were folded away.
 */
export function foldAffineIntoConv(graph: GraphProto): number {
  const outputs = new Set(graph.output.map(({ name }) => name));
  const names = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ input, output }) => [...input, ...output]),
  ]);
  const constants = constantsOf(graph);
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const uses = new Map<string, number>();
  for (const node of graph.node) for (const name of node.input) uses.set(name, (uses.get(name) ?? 0) + 1);

  const gone = new Set<NodeProto>();
  for (const node of graph.node) {
    const where = node.input.findIndex((name) => producers.get(name)?.opType === 'Conv');
    const [source, result] = [node.input[where], node.output[0]];
    const conv = producers.get(source ?? '');
    if (source === undefined || result === undefined || conv === undefined) continue;
    if (uses.get(source) !== 1 || outputs.has(source)) continue;
    const weights = constants.get(conv.input[1] ?? '');
    const bias = constants.get(conv.input[2] ?? '');
    if (weights === undefined || weights.dataType !== DataType.FLOAT) continue;
    const [, , biasName] = conv.input;
    if (biasName !== undefined && biasName !== '' && bias === undefined) continue;
    const channels = Number(weights.dims[0] ?? 0n);
    const affine = affineOf(node, where, channels, weights.dims.length, constants);
    if (affine === undefined) continue;

    const stem = weights.name;
    const scaled = scaleWeights(
      weights,
      bias,
      affine,
      unique(names, `${stem}/folded`),
      unique(names, `${stem}/bias`),
    );
    graph.initializer.push(scaled.weights, scaled.bias);
    constants.set(scaled.weights.name, scaled.weights).set(scaled.bias.name, scaled.bias);
    conv.input = [conv.input[0] ?? '', scaled.weights.name, scaled.bias.name];
    conv.output = [result];
    producers.set(result, conv);
    gone.add(node);
  }
  graph.node = graph.node.filter((node) => !gone.has(node));
  return gone.size;
}

function unique(names: Set<string>, wanted: string): string {
  let name = wanted;
  for (let i = 1; names.has(name); i++) name = `${wanted}_${i}`;
  names.add(name);
  return name;
}

function affineOf(
  node: NodeProto,
  where: number,
  channels: number,
  rank: number,
  constants: ReadonlyMap<string, TensorProto>,
): Affine | undefined {
  if (node.opType === 'BatchNormalization') {
    if (where !== 0) return undefined;
    const parameters = node.input.slice(1, 5).map((name) => constants.get(name));
    const [gamma, beta, mean, variance] = parameters.map((each) =>
      each?.dataType === DataType.FLOAT ? floatValues(each) : undefined,
    );
    if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined)
      return undefined;
    const epsilon = floatAttribute(node, 'epsilon') ?? 1e-5;
    const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
    return { scale, shift: Float64Array.from(beta, (value, c) => value - (mean[c] ?? 0) * (scale[c] ?? 0)) };
  }
  if (!['Mul', 'Add', 'Sub'].includes(node.opType)) return undefined;
  const constant = constants.get(node.input[1 - where] ?? '');
  if (constant === undefined) return undefined;
  const values = perChannel(constant, channels, rank);
  if (values === undefined) return undefined;
  const ones = new Float64Array(channels).fill(1);
  if (node.opType === 'Mul') return { scale: values, shift: new Float64Array(channels) };
  if (node.opType === 'Add') return { scale: ones, shift: values };
  // x - c, or c - x
  return where === 0
    ? { scale: ones, shift: values.map((value) => -value) }
    : { scale: ones.map((value) => -value), shift: values };
}

/** The constant as one value per channel, if it is that (or one value for all) when broadcast over the output. */
function perChannel(constant: TensorProto, channels: number, rank: number): Float64Array | undefined {
  if (constant.dataType !== DataType.FLOAT || constant.dims.length > rank) return undefined;
  const values = floatValues(constant);
  if (elementCount(constant) === 1) return new Float64Array(channels).fill(values[0] ?? 0);
  const dims = constant.dims.map(Number);
  const aligned = [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
  const wanted = aligned.map((_, axis) => (axis === 1 ? channels : 1));
  return aligned.every((dim, axis) => dim === wanted[axis]) ? Float64Array.from(values) : undefined;
}

function scaleWeights(
  weights: TensorProto,
  bias: TensorProto | undefined,
  { scale, shift }: Affine,
  weightsName: string,
  biasName: string,
): { readonly weights: TensorProto; readonly bias: TensorProto } {
  const values = floatValues(weights);
  const per = values.length / scale.length;
  const old = bias === undefined ? new Float32Array(scale.length) : floatValues(bias);
  return {
    weights: floatTensor(
      weightsName,
      weights.dims.map(Number),
      values.map((value, i) => value * (scale[Math.floor(i / per)] ?? 0)),
    ),
    bias: floatTensor(
      biasName,
      [scale.length],
      old.map((value, c) => value * (scale[c] ?? 0) + (shift[c] ?? 0)),
    ),
  };
}
