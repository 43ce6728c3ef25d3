/** The fields of a protocol buffer, written by hand after onnx.proto: enough for graphs of a few nodes. */

/** Encodes unsigned LEB128, the integers of protobuf. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

export const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

export const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];

export const string = (field: number, text: string): number[] =>
  bytes(
    field,
    Array.from(text, (letter) => letter.charCodeAt(0)),
  );

/** ONNX element types (`TensorProto.DataType`). */
const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

export type ElementType = keyof typeof elementTypes;

/** `ValueInfoProto`: an input or output of a graph. */
export function valueInfo(name: string, type: ElementType, dims: readonly (number | string)[]): number[] {
  const shape = dims.flatMap((dim) => bytes(1, typeof dim === 'number' ? integer(1, dim) : string(2, dim)));
  const tensorType = [...integer(1, elementTypes[type]), ...bytes(2, shape)];
  return [...string(1, name), ...bytes(2, bytes(1, tensorType))];
}

/** `TensorProto`: a constant of a graph, of one value, or of a list of whole numbers. */
export function constant(
  name: string,
  value: { uint8: number } | { int8: number } | { int64: readonly number[] },
) {
  if ('int64' in value) {
    const content = new Uint8Array(BigInt64Array.from(value.int64, BigInt).buffer);
    const dims = integer(1, value.int64.length);
    return [...dims, ...integer(2, elementTypes.int64), ...string(8, name), ...bytes(9, [...content])];
  }
  const [type, byte] =
    'uint8' in value ? (['uint8', value.uint8] as const) : (['int8', value.int8 & 0xff] as const);
  return [...integer(2, elementTypes[type]), ...string(8, name), ...bytes(9, [byte])];
}

/** `NodeProto` with whole numbers, and lists of them, as attributes. */
export function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): number[] {
  const [int, ints] = [2, 7];
  return [
    ...inputs.flatMap((name) => string(1, name)),
    ...string(2, output),
    ...string(4, operator),
    ...Object.entries(attributes).flatMap(([name, value]) =>
      bytes(
        5,
        typeof value === 'number'
          ? [...string(1, name), ...integer(3, value), ...integer(20, int)]
          : [...string(1, name), ...value.flatMap((one) => integer(8, one)), ...integer(20, ints)],
      ),
    ),
  ];
}

/** `ModelProto` of ir_version 8 and opset 13 around the fields of a `GraphProto`. */
export function modelBytes(graph: readonly number[]): Uint8Array {
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, integer(2, 13))]);
}
