import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ModelCard } from '@fr-stream/core';
import { fieldsOf, texts, type Field } from './wire.js';

/** Field numbers of the ONNX format (onnx.proto3). */
const FIELD = {
  model: { graph: 7 },
  graph: { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 },
  node: { input: 1, output: 2 },
  tensor: { name: 8 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1, name: 2 },
} as const;
/** TensorProto.DataType.FLOAT. */
const FLOAT = 1;

/**
 * Sides of an open input are rounded up to this. At 8, the least stride, what is found in 16:9 is found less surely: there is
 * too little beyond the lower edge.
 */
const MULTIPLE = 16;

/** A card and the model file that it now describes. */
export interface OpenedModel<Card extends ModelCard> {
  readonly card: Card;
  readonly model: Uint8Array;
}

/**
 * A detector that was published for one input size, made to take any: the graph is cut before the part that knows the size
 * (see `UltraFaceDecode.open`), and the card says so. A picture then costs what it covers of the published size and no
 * more, and one that stands upright is seen as large as one that lies. Other models, and bytes that are no model, come back
 * as they are.
 */
export function openInput<Card extends ModelCard>(card: Card, model: Uint8Array): OpenedModel<Card> {
  if (card.task !== 'detector' || card.decode.family !== 'ultraface') return { card, model };
  const { open, scores } = card.decode;
  if (open === undefined) return { card, model };
  const cut = cutGraph(model, [scores, open.regressions]);
  if (cut === undefined) return { card, model };
  const input = { ...card.input, dynamicMultipleOf: MULTIPLE };
  return { card: { ...card, input }, model: cut };
}

/**
 * A graph that ends at the named float tensors, whose picture (1xCxHxW) may have any size.
 * @returns undefined when it holds no such tensors, or is no graph with one picture as input.
 */
function cutGraph(model: Uint8Array, outputs: readonly string[]): Uint8Array | undefined {
  try {
    const writer = new BinaryWriter();
    let found = false;
    for (const field of fieldsOf(model)) {
      if (field.number !== FIELD.model.graph || field.body === undefined) {
        writer.raw(field.raw);
        continue;
      }
      const graph = cutNodes(fieldsOf(field.body), outputs);
      if (graph === undefined) return undefined;
      embed(writer, FIELD.model.graph, graph);
      found = true;
    }
    return found ? writer.finish() : undefined;
  } catch {
    return undefined;
  }
}

function cutNodes(graph: readonly Field[], outputs: readonly string[]): Uint8Array | undefined {
  const needed = new Set(outputs);
  const made = new Set<string>();
  const kept = new Set<Field>();
  // Nodes stand in the order of computation.
  for (const field of graph.toReversed()) {
    if (field.number !== FIELD.graph.node || field.body === undefined) continue;
    const node = fieldsOf(field.body);
    const gives = texts(node, FIELD.node.output);
    if (!gives.some((name) => needed.has(name))) continue;
    kept.add(field);
    gives.forEach((name) => made.add(name));
    texts(node, FIELD.node.input).forEach((name) => needed.add(name));
  }
  if (!outputs.every((name) => made.has(name))) return undefined;
  const writer = new BinaryWriter();
  for (const field of graph) {
    const { number, raw, body } = field;
    if (number === FIELD.graph.node) {
      if (kept.has(field)) writer.raw(raw);
    } else if (number === FIELD.graph.initializer) {
      const [name = ''] = texts(fieldsOf(body ?? raw), FIELD.tensor.name);
      if (needed.has(name)) writer.raw(raw);
    } else if (number === FIELD.graph.input) {
      const [name = ''] = texts(fieldsOf(body ?? raw), FIELD.value.name);
      embed(writer, number, floatValue(name, [1, 3, 'height', 'width']));
    } else if (number !== FIELD.graph.output && number !== FIELD.graph.valueInfo) {
      writer.raw(raw);
    }
  }
  for (const name of outputs) embed(writer, FIELD.graph.output, floatValue(name));
  return writer.finish();
}

/** A ValueInfoProto of float32. */
function floatValue(name: string, dims?: readonly (number | string)[]): Uint8Array {
  const tensor = new BinaryWriter().tag(FIELD.tensorType.element, WireType.Varint).int32(FLOAT);
  if (dims !== undefined) {
    const shape = new BinaryWriter();
    for (const dim of dims) {
      const dimension = new BinaryWriter();
      if (typeof dim === 'number') dimension.tag(FIELD.dimension.value, WireType.Varint).int64(dim);
      else dimension.tag(FIELD.dimension.name, WireType.LengthDelimited).string(dim);
      embed(shape, FIELD.shape.dimension, dimension.finish());
    }
    embed(tensor, FIELD.tensorType.shape, shape.finish());
  }
  const type = new BinaryWriter();
  embed(type, FIELD.type.tensor, tensor.finish());
  const value = new BinaryWriter().tag(FIELD.value.name, WireType.LengthDelimited).string(name);
  embed(value, FIELD.value.type, type.finish());
  return value.finish();
}

function embed(writer: BinaryWriter, number: number, message: Uint8Array): void {
  writer.tag(number, WireType.LengthDelimited).bytes(message);
}
