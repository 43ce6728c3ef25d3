import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { fieldsOf, text, texts, type Field } from './wire.js';

/** Field numbers of the ONNX format (onnx.proto3). */
const FIELD = {
  model: { graph: 7 },
  graph: { node: 1, initializer: 5 },
  node: { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, int: 3, ints: 8, type: 20 },
  tensor: { dims: 1, type: 2, floats: 4, name: 8, raw: 9, location: 14 },
} as const;
/** AttributeProto.AttributeType and TensorProto.DataType. */
const INT = 2;
const INTS = 7;
const FLOAT = 1;

/** A slope per channel. */
interface Slope {
  readonly name: string;
  readonly values: Float32Array;
}

/**
 * A copy of an ONNX model in which each PRelu with a slope a per channel is written in convolutions, with the same
 * results to the last bit; the model itself where there is none:
 *
 *     prelu(x) = relu(x) + a * min(x, 0) = conv(relu(conv(x, -1)), -a) + relu(x)
 *
 * with depthwise 1x1 convolutions. It looks like more work, but on x86-64 onnxruntime runs convolutions, activations
 * and sums in blocks of channels, one fused pass each, while its PRelu takes a branch per value and has every picture
 * rearranged before and after it: half of the time that the default embedder took. Not for other kinds of processors,
 * which have no such blocks, nor for GPUs.
 *
 * Bytes that are no model are returned as they are, for the runtime to complain about.
 */
export function splitPRelu(model: Uint8Array): Uint8Array {
  try {
    let split = 0;
    const rewritten = rewrite(fieldsOf(model), FIELD.model.graph, (graph) => {
      const parts = fieldsOf(graph);
      const slopes = slopesOf(parts);
      const weights: Uint8Array[] = [];
      const nodes = rewriteNodes(parts, slopes, weights);
      split = weights.length;
      const writer = new BinaryWriter().raw(nodes);
      for (const weight of weights)
        writer.tag(FIELD.graph.initializer, WireType.LengthDelimited).bytes(weight);
      return writer.finish();
    });
    return split === 0 ? model : rewritten;
  } catch {
    return model;
  }
}

function rewrite(
  fields: readonly Field[],
  number: number,
  change: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of fields) {
    if (field.number !== number || field.body === undefined) writer.raw(field.raw);
    else writer.tag(number, WireType.LengthDelimited).bytes(change(field.body));
  }
  return writer.finish();
}

/** The initializers of shape [C, 1, 1] or [1, C, 1, 1], C > 1: along the channels of a picture. */
function slopesOf(graph: readonly Field[]): Map<string, Slope> {
  const slopes = new Map<string, Slope>();
  for (const { number, body } of graph) {
    if (number !== FIELD.graph.initializer || body === undefined) continue;
    const slope = slopeOf(body);
    if (slope !== undefined) slopes.set(slope.name, slope);
  }
  return slopes;
}

function slopeOf(tensor: Uint8Array): Slope | undefined {
  const dims: number[] = [];
  let name = '';
  let type = 0;
  let values: Float32Array | undefined;
  for (const field of fieldsOf(tensor)) {
    const { number, body, varint } = field;
    if (number === FIELD.tensor.dims) dims.push(...(body ? varints(body) : [varint ?? 0]));
    else if (number === FIELD.tensor.name) name = text(field);
    else if (number === FIELD.tensor.type) type = varint ?? 0;
    else if ((number === FIELD.tensor.raw || number === FIELD.tensor.floats) && body) values = floats(body);
    else if (number === FIELD.tensor.location) return undefined;
  }
  const [channels = 0, ...rest] = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims;
  const perChannel = rest.length === 2 && rest.every((dim) => dim === 1) && channels > 1;
  if (!perChannel || type !== FLOAT || values?.length !== channels) return undefined;
  return { name, values };
}

function varints(packed: Uint8Array): number[] {
  const reader = new BinaryReader(packed);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(Number(reader.int64()));
  return values;
}

function floats(bytes: Uint8Array): Float32Array {
  // Copied, because a view of floats must begin at a multiple of four.
  return new Float32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2);
}

/** @param weights receives the tensors that the new nodes use */
function rewriteNodes(
  graph: readonly Field[],
  slopes: ReadonlyMap<string, Slope>,
  weights: Uint8Array[],
): Uint8Array {
  const writer = new BinaryWriter();
  const node = (bytes: Uint8Array): void => {
    writer.tag(FIELD.graph.node, WireType.LengthDelimited).bytes(bytes);
  };
  for (const field of graph) {
    const prelu = field.number === FIELD.graph.node && field.body ? preluOf(field.body, slopes) : undefined;
    if (prelu === undefined) {
      writer.raw(field.raw);
      continue;
    }
    const { input, output, slope } = prelu;
    const channels = slope.values.length;
    const name = (part: string): string => `${output}/prelu-${part}`;
    const weight = (part: string, values: Float32Array): string => {
      weights.push(tensor(name(part), [channels, 1, 1, 1], values));
      return name(part);
    };
    const minus = weight('minus', new Float32Array(channels).fill(-1));
    const fall = weight(
      'fall',
      slope.values.map((value) => -value),
    );
    node(nodeOf('Relu', [input], name('rising')));
    node(depthwise(input, minus, name('turned'), channels));
    node(nodeOf('Relu', [name('turned')], name('falling')));
    node(depthwise(name('falling'), fall, name('scaled'), channels));
    node(nodeOf('Add', [name('scaled'), name('rising')], output));
  }
  return writer.finish();
}

function preluOf(
  node: Uint8Array,
  slopes: ReadonlyMap<string, Slope>,
): { readonly input: string; readonly output: string; readonly slope: Slope } | undefined {
  const fields = fieldsOf(node);
  if (texts(fields, FIELD.node.operator)[0] !== 'PRelu' || texts(fields, FIELD.node.domain).join('') !== '')
    return;
  const [input, slopeName] = texts(fields, FIELD.node.input);
  const [output] = texts(fields, FIELD.node.output);
  if (input === undefined || slopeName === undefined || output === undefined) return;
  const slope = slopes.get(slopeName);
  return slope && { input, output, slope };
}

function nodeOf(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  const writer = new BinaryWriter();
  for (const input of inputs) writer.tag(FIELD.node.input, WireType.LengthDelimited).string(input);
  writer.tag(FIELD.node.output, WireType.LengthDelimited).string(output);
  writer.tag(FIELD.node.name, WireType.LengthDelimited).string(output);
  writer.tag(FIELD.node.operator, WireType.LengthDelimited).string(operator);
  for (const each of attributes) writer.tag(FIELD.node.attribute, WireType.LengthDelimited).bytes(each);
  return writer.finish();
}

function depthwise(input: string, weight: string, output: string, channels: number): Uint8Array {
  const group = new BinaryWriter()
    .tag(FIELD.attribute.name, WireType.LengthDelimited)
    .string('group')
    .tag(FIELD.attribute.type, WireType.Varint)
    .int32(INT)
    .tag(FIELD.attribute.int, WireType.Varint)
    .int64(channels)
    .finish();
  const kernel = new BinaryWriter()
    .tag(FIELD.attribute.name, WireType.LengthDelimited)
    .string('kernel_shape')
    .tag(FIELD.attribute.type, WireType.Varint)
    .int32(INTS);
  for (const side of [1, 1]) kernel.tag(FIELD.attribute.ints, WireType.Varint).int64(side);
  return nodeOf('Conv', [input, weight], output, [group, kernel.finish()]);
}

function tensor(name: string, dims: readonly number[], values: Float32Array): Uint8Array {
  const writer = new BinaryWriter();
  for (const dim of dims) writer.tag(FIELD.tensor.dims, WireType.Varint).int64(dim);
  return writer
    .tag(FIELD.tensor.type, WireType.Varint)
    .int32(FLOAT)
    .tag(FIELD.tensor.name, WireType.LengthDelimited)
    .string(name)
    .tag(FIELD.tensor.raw, WireType.LengthDelimited)
    .bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .finish();
}
