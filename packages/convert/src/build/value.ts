/**
 * A tensor while a graph is built. Dimensions are in the order of the source model (channels last for images); the
 * ONNX graph may hold the tensor channels first, channels last, or both.
 */
export interface Value {
  readonly dims: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** Elements in the order of `dims`, for values known at conversion time. */
  readonly constant?: Float32Array | Int32Array | Uint8Array;
  /** ONNX name of the tensor with its dimensions as in `dims`. */
  plain?: string;
  /** ONNX name of the tensor with its channels moved to the second place; for rank 4 only. */
  channelsFirst?: string;
}

/** Order that brings NHWC to NCHW. */
export const TO_NCHW = [0, 3, 1, 2] as const;
/** Order that brings NCHW to NHWC. */
export const TO_NHWC = [0, 2, 3, 1] as const;
/** Where each axis of NHWC is in NCHW. */
export const NHWC_AXIS_IN_NCHW = [0, 2, 3, 1] as const;

export function permute<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.flatMap((from) => values.slice(from, from + 1));
}

/** Reorders the axes of row-major data. */
export function transposeData(
  data: Float32Array,
  dims: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const outDims = permute(dims, order);
  const outStrides = permute(strides, order);
  const result = new Float32Array(data.length);
  const index = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from] ?? 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = outStrides[axis] ?? 0;
      if (next < (outDims[axis] ?? 0)) {
        index[axis] = next;
        from += stride;
        break;
      }
      from -= (next - 1) * stride;
      index[axis] = 0;
    }
  }
  return result;
}
