import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { fields, parts } from './wire.js';

/** Field numbers of the ONNX format (onnx.proto3). */
const FIELD = {
  model: { graph: 7, operatorSet: 8 },
  operatorSet: { domain: 1, version: 2 },
  graph: { node: 1, initializer: 5, input: 11, output: 12 },
  node: { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, float: 2, int: 3, text: 4, tensor: 5, floats: 7, ints: 8 },
  tensor: { dims: 1, type: 2, floats: 4, ints: 7, name: 8, raw: 9, external: 13 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1 },
} as const;
/** TensorProto.DataType. */
const DATA_TYPE = { float: 1, int64: 7 } as const;

/** A tensor that a graph carries: float32 as floats, int64 as numbers. */
export interface GraphTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | readonly number[];
}

export type GraphAttribute = number | string | readonly number[] | GraphTensor;

export interface GraphNode {
  /** Such as `Conv`; with the domain before it and a dot between where it is not one of ONNX's own. */
  readonly operator: string;
  /** Names; empty where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, GraphAttribute>;
}

/** An input or output. A dimension that may vary is undefined. */
export interface GraphValue {
  readonly name: string;
  readonly float32: boolean;
  readonly dims: readonly (number | undefined)[];
}

/** What an ONNX file says: enough to run simple networks. */
export interface Graph {
  /** Version of ONNX's operators. */
  readonly operatorSet: number;
  /** In the order of computation. */
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, GraphTensor>;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

/**
 * Reads a graph of float32 and int64 tensors. The weights are copies.
 * @returns undefined when the bytes are no ONNX model, or one with tensors of other types or in other files.
 */
export function readGraph(model: Uint8Array): Graph | undefined {
  try {
    return graphOf(model);
  } catch {
    return undefined;
  }
}

function graphOf(model: Uint8Array): Graph | undefined {
  let operatorSet = 0;
  let found = false;
  const nodes: GraphNode[] = [];
  const constants = new Map<string, GraphTensor>();
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const graph = (bytes: Uint8Array): void => {
    found = true;
    parts(bytes, {
      [FIELD.graph.node]: (part) => nodes.push(nodeOf(part)),
      [FIELD.graph.initializer]: (part) => {
        const { name, tensor } = tensorOf(part);
        constants.set(name, tensor);
      },
      [FIELD.graph.input]: (part) => inputs.push(valueOf(part)),
      [FIELD.graph.output]: (part) => outputs.push(valueOf(part)),
    });
  };
  const set = (bytes: Uint8Array): void => {
    let domain = '';
    let version = 0;
    fields(bytes, (field, _wire, reader) => {
      if (field === FIELD.operatorSet.domain) domain = reader.string();
      else if (field === FIELD.operatorSet.version) version = Number(reader.int64());
      else return false;
      return true;
    });
    if (domain === '' || domain === 'ai.onnx') operatorSet = version;
  };
  parts(model, { [FIELD.model.graph]: graph, [FIELD.model.operatorSet]: set });
  if (!found || nodes.length === 0) return undefined;
  // Files of old list weights among the inputs.
  return {
    operatorSet,
    nodes,
    constants,
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs,
  };
}

function nodeOf(bytes: Uint8Array): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, GraphAttribute>();
  let operator = '';
  let domain = '';
  fields(bytes, (field, _wire, reader) => {
    if (field === FIELD.node.input) inputs.push(reader.string());
    else if (field === FIELD.node.output) outputs.push(reader.string());
    else if (field === FIELD.node.operator) operator = reader.string();
    else if (field === FIELD.node.domain) domain = reader.string();
    else if (field === FIELD.node.attribute) {
      const { name, value } = attributeOf(reader.bytes());
      if (value !== undefined) attributes.set(name, value);
    } else return false;
    return true;
  });
  return {
    operator: domain === '' || domain === 'ai.onnx' ? operator : `${domain}.${operator}`,
    inputs,
    outputs,
    attributes,
  };
}

function attributeOf(bytes: Uint8Array): { name: string; value: GraphAttribute | undefined } {
  let name = '';
  let value: GraphAttribute | undefined;
  const list: number[] = [];
  fields(bytes, (field, wire, reader) => {
    if (field === FIELD.attribute.name) name = reader.string();
    else if (field === FIELD.attribute.float) value = reader.float();
    else if (field === FIELD.attribute.int) value = Number(reader.int64());
    else if (field === FIELD.attribute.text) value = reader.string();
    else if (field === FIELD.attribute.tensor) value = tensorOf(reader.bytes()).tensor;
    else if (field === FIELD.attribute.ints) value = numbers(list, wire, reader, int64);
    else if (field === FIELD.attribute.floats) value = numbers(list, wire, reader, float);
    else return false;
    return true;
  });
  return { name, value };
}

function tensorOf(bytes: Uint8Array): { name: string; tensor: GraphTensor } {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  const dims: number[] = [];
  const listed: number[] = [];
  fields(bytes, (field, wire, reader) => {
    if (field === FIELD.tensor.name) name = reader.string();
    else if (field === FIELD.tensor.type) type = reader.int32();
    else if (field === FIELD.tensor.dims) numbers(dims, wire, reader, int64);
    else if (field === FIELD.tensor.ints) numbers(listed, wire, reader, int64);
    else if (field === FIELD.tensor.floats) numbers(listed, wire, reader, float);
    else if (field === FIELD.tensor.raw) raw = reader.bytes();
    else if (field === FIELD.tensor.external) throw new RangeError('weights lie in another file');
    else return false;
    return true;
  });
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = dataOf(type, raw, listed);
  if (data.length !== count) throw new RangeError(`${name} does not hold what its shape says`);
  return { name, tensor: { dims, data } };
}

function dataOf(
  type: number,
  raw: Uint8Array | undefined,
  listed: readonly number[],
): Float32Array | readonly number[] {
  if (type !== DATA_TYPE.float && type !== DATA_TYPE.int64) throw new RangeError('a type that is not read');
  if (raw === undefined) return type === DATA_TYPE.float ? Float32Array.from(listed) : listed;
  // A copy of its own: views need addresses that are multiples of their elements' size.
  const { buffer } = new Uint8Array(raw);
  return type === DATA_TYPE.float
    ? new Float32Array(buffer)
    : Array.from(new BigInt64Array(buffer), (value) => Number(value));
}

function valueOf(bytes: Uint8Array): GraphValue {
  let name = '';
  let element = 0;
  const dims: (number | undefined)[] = [];
  const dimension = (part: Uint8Array): void => {
    let value: number | undefined;
    fields(part, (field, _wire, reader) => {
      if (field !== FIELD.dimension.value) return false;
      value = Number(reader.int64());
      return true;
    });
    dims.push(value);
  };
  const type = (part: Uint8Array): void =>
    fields(part, (field, wire, reader) => {
      if (field === FIELD.tensorType.element) element = reader.int32();
      else if (field === FIELD.tensorType.shape && wire === WireType.LengthDelimited)
        parts(reader.bytes(), { [FIELD.shape.dimension]: dimension });
      else return false;
      return true;
    });
  fields(bytes, (field, _wire, reader) => {
    if (field === FIELD.value.name) name = reader.string();
    else if (field === FIELD.value.type) parts(reader.bytes(), { [FIELD.type.tensor]: type });
    else return false;
    return true;
  });
  return { name, float32: element === DATA_TYPE.float, dims };
}

const int64 = (reader: BinaryReader): number => Number(reader.int64());
const float = (reader: BinaryReader): number => reader.float();

/** Numbers of one field: one after the other, or many packed as one. */
function numbers(
  list: number[],
  wire: WireType,
  reader: BinaryReader,
  read: (reader: BinaryReader) => number,
): readonly number[] {
  if (wire !== WireType.LengthDelimited) list.push(read(reader));
  else for (const end = reader.uint32() + reader.pos; reader.pos < end;) list.push(read(reader));
  return list;
}
