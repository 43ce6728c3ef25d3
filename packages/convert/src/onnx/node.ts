import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from './onnx.generated.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './onnx.generated.js';

/** AttributeProto.AttributeType of the ONNX specification. */
const AttributeType = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, INTS: 7 } as const;

export const int = (value: number): Attribute => ({ type: AttributeType.INT, i: BigInt(value) });
export const ints = (values: readonly number[]): Attribute => ({
  type: AttributeType.INTS,
  ints: values.map(BigInt),
});
export const float = (value: number): Attribute => ({ type: AttributeType.FLOAT, f: value });
export const string = (value: string): Attribute => ({
  type: AttributeType.STRING,
  s: new Uint8Array(new TextEncoder().encode(value)),
});

export type Attribute =
  | { readonly type: number; readonly i: bigint }
  | { readonly type: number; readonly f: number }
  | { readonly type: number; readonly s: Uint8Array<ArrayBuffer> }
  | { readonly type: number; readonly ints: bigint[] };

export function newNode(
  opType: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) =>
      create(AttributeProtoSchema, { name: key, ...value }),
    ),
  });
}

export function attribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((each) => each.name === name);
}

export function intAttribute(node: NodeProto, name: string): number | undefined {
  const found = attribute(node, name);
  return found === undefined ? undefined : Number(found.i);
}

export function intsAttribute(node: NodeProto, name: string): number[] | undefined {
  return attribute(node, name)?.ints.map(Number);
}

export function floatAttribute(node: NodeProto, name: string): number | undefined {
  return attribute(node, name)?.f;
}

export function stringAttribute(node: NodeProto, name: string): string | undefined {
  const found = attribute(node, name);
  return found === undefined ? undefined : new TextDecoder().decode(found.s);
}

export function setIntsAttribute(node: NodeProto, name: string, values: readonly number[]): void {
  const found = attribute(node, name);
  if (found !== undefined) found.ints = values.map(BigInt);
  else node.attribute.push(create(AttributeProtoSchema, { name, ...ints(values) }));
}

/** Describes a graph input or output; a string dimension is symbolic. */
export function valueInfo(
  name: string,
  elemType: number,
  dims: readonly (number | string)[] | undefined,
): ValueInfoProto {
  const shape =
    dims === undefined
      ? {}
      : {
          shape: {
            dim: dims.map((dim) => ({
              value:
                typeof dim === 'number'
                  ? { case: 'dimValue' as const, value: BigInt(dim) }
                  : { case: 'dimParam' as const, value: dim },
            })),
          },
        };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, ...shape } } },
  });
}

/** Dimensions of a described value: a number, a symbol, or undefined for one that is not said. */
export function dimsOf(value: ValueInfoProto): (number | string | undefined)[] | undefined {
  if (value.type?.value.case !== 'tensorType') return undefined;
  return value.type.value.value.shape?.dim.map(({ value: dim }) =>
    dim.case === 'dimValue' ? Number(dim.value) : dim.case === 'dimParam' ? dim.value : undefined,
  );
}

/** The tensor that a `Constant` node holds, if it holds one. */
export function constantTensor(node: NodeProto): TensorProto | undefined {
  return node.opType === 'Constant' ? attribute(node, 'value')?.t : undefined;
}

/** Constants of a graph by name: initialisers and the outputs of `Constant` nodes. */
export function constantsOf(graph: GraphProto): Map<string, TensorProto> {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.node) {
    const tensor = constantTensor(node);
    const [name] = node.output;
    if (tensor !== undefined && name !== undefined) constants.set(name, tensor);
  }
  return constants;
}

/** Graph inputs that the caller must feed: those without an initialiser. */
export function feedsOf(graph: GraphProto): ValueInfoProto[] {
  const initialised = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !initialised.has(name));
}
