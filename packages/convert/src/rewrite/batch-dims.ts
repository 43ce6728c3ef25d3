import type { TensorProto } from '../onnx/onnx.generated.js';

/** A dimension while the batch is traced: its size, the batch itself, or a size that is not known but not the batch. */
export type Dim = number | 'batch' | 'unknown';

/** An element of a shape-like integer vector. `mixed`: computed from the batch in a way that is not followed. */
export type IntElement = Dim | 'mixed';

/** What is known of a value when the graph runs with any batch size. */
export interface TracedValue {
  /** Undefined when not even the rank is known; a value that depends on the batch always has dimensions. */
  readonly dims?: readonly Dim[];
  /** Elements, for integer scalars and vectors. */
  readonly ints?: readonly IntElement[];
  /** The tensor, for constants. */
  readonly constant?: TensorProto;
}

/** Thrown while tracing: this graph cannot take a free batch, for this reason. */
export class BatchBlocked extends Error {}

/** Position of the batch dimension, -1 for values that do not depend on the batch. */
export function batchAxis(value: TracedValue): number {
  return value.dims?.indexOf('batch') ?? -1;
}

/** Whether a value's shape or contents depend on the batch. */
export function dependsOnBatch(value: TracedValue): boolean {
  return batchAxis(value) >= 0 || (value.ints?.some((each) => each === 'batch' || each === 'mixed') ?? false);
}

/** The axis counted from 0, for an axis that may be counted from the end. */
export function fromStart(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Product of the dimensions, undefined when one is not a number. */
export function product(dims: readonly IntElement[]): number | undefined {
  let result = 1;
  for (const dim of dims) {
    if (typeof dim !== 'number') return undefined;
    result *= dim;
  }
  return result;
}

/**
 * Dimensions of an element-wise operator's output by the multidirectional broadcasting of the ONNX specification.
 * The batch may meet the batch or a dimension of 1, nothing else.
 */
export function broadcast(shapes: readonly (readonly Dim[])[]): Dim[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    let result: Dim = 1;
    for (const shape of shapes) {
      const dim = shape[axis - (rank - shape.length)] ?? 1;
      if (dim === 1 || dim === result) continue;
      if (result === 1) result = dim;
      else if (dim === 'batch' || result === 'batch') {
        throw new BatchBlocked(
          `a dimension of ${dim === 'batch' ? result : dim} meets the batch when shapes are broadcast`,
        );
      } else if (result === 'unknown') result = dim;
    }
    return result;
  });
}
