import { create } from '@bufbuild/protobuf';
import { ModelError } from '@fr-stream/core';
import { TensorProtoSchema } from './onnx.generated.js';
import type { TensorProto } from './onnx.generated.js';

/** TensorProto.DataType of the ONNX specification: the types that face models use. */
export const DataType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
} as const;

export function floatTensor(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: littleEndian(values, 4, (view, offset, value) => view.setFloat32(offset, value, true)),
  });
}

export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.INT64,
    rawData: littleEndian(values, 8, (view, offset, value) => view.setBigInt64(offset, BigInt(value), true)),
  });
}

export function int32Tensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.INT32,
    rawData: littleEndian(values, 4, (view, offset, value) => view.setInt32(offset, value, true)),
  });
}

/** The values of a FLOAT tensor, row-major. @throws ModelError MODEL_CORRUPT for another type or a wrong length. */
export function floatValues(tensor: TensorProto): Float32Array {
  if (tensor.dataType !== DataType.FLOAT) throw wrongType(tensor, 'FLOAT');
  const count = elementCount(tensor);
  if (tensor.floatData.length > 0) return checked(tensor, Float32Array.from(tensor.floatData), count);
  const view = rawView(tensor);
  const values = new Float32Array(view.byteLength >> 2);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(i * 4, true);
  return checked(tensor, values, count);
}

/** The values of an INT64 or INT32 tensor, row-major. @throws ModelError MODEL_CORRUPT for another type. */
export function intValues(tensor: TensorProto): number[] {
  const count = elementCount(tensor);
  if (tensor.dataType === DataType.INT64) {
    if (tensor.int64Data.length > 0) return checked(tensor, tensor.int64Data.map(Number), count);
    const view = rawView(tensor);
    return checked(
      tensor,
      Array.from({ length: view.byteLength >> 3 }, (_, i) => Number(view.getBigInt64(i * 8, true))),
      count,
    );
  }
  if (tensor.dataType !== DataType.INT32) throw wrongType(tensor, 'INT64 or INT32');
  if (tensor.int32Data.length > 0) return checked(tensor, [...tensor.int32Data], count);
  const view = rawView(tensor);
  return checked(
    tensor,
    Array.from({ length: view.byteLength >> 2 }, (_, i) => view.getInt32(i * 4, true)),
    count,
  );
}

export function isIntTensor(tensor: TensorProto): boolean {
  return tensor.dataType === DataType.INT64 || tensor.dataType === DataType.INT32;
}

export function elementCount(tensor: TensorProto): number {
  return tensor.dims.reduce((product, dim) => product * Number(dim), 1);
}

function rawView(tensor: TensorProto): DataView {
  const { rawData } = tensor;
  return new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
}

function checked<T extends { readonly length: number }>(tensor: TensorProto, values: T, count: number): T {
  if (values.length === count) return values;
  throw new ModelError(
    'MODEL_CORRUPT',
    `tensor ${tensor.name} holds ${values.length} values, its shape [${tensor.dims.join(', ')}] needs ${count}`,
  );
}

function wrongType(tensor: TensorProto, wanted: string): ModelError {
  return new ModelError(
    'MODEL_CORRUPT',
    `tensor ${tensor.name} has ONNX data type ${tensor.dataType}, expected ${wanted}`,
  );
}

function littleEndian(
  values: ArrayLike<number>,
  width: number,
  write: (view: DataView, offset: number, value: number) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) write(view, i * width, values[i] ?? 0);
  return bytes;
}
