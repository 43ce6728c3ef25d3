import { ArgumentError } from '@fr-stream/core';
import type { InferenceSession, Tensor, TensorInfo } from '@fr-stream/core';

function zeros({ name, type }: TensorInfo, dims: readonly number[]): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  switch (type) {
    case 'float32':
      return { type, dims, data: new Float32Array(length) };
    case 'uint8':
      return { type, dims, data: new Uint8Array(length) };
    case 'int8':
      return { type, dims, data: new Int8Array(length) };
    case 'int32':
      return { type, dims, data: new Int32Array(length) };
    case 'int64':
      return { type, dims, data: new BigInt64Array(length) };
    default:
      throw new ArgumentError(`Input "${name}" is of type ${type}, which cannot be warmed up`);
  }
}

/**
 * Runs the model once on zeros, so that the first real run does not pay for allocations and kernel choice.
 *
 * @param dims sizes of the inputs by name, for graphs that leave more than the first (batch) dimension open.
 * @throws ArgumentError when an open dimension is not given; BackendError (BACKEND_RUN_FAILED)
 */
export async function warmUp(
  session: InferenceSession,
  dims: Readonly<Record<string, readonly number[]>> = {},
): Promise<void> {
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputs) {
    const size =
      dims[input.name] ??
      input.dims.map((dim, axis) => {
        if (dim !== undefined) return dim;
        if (axis === 0) return 1;
        throw new ArgumentError(`Input "${input.name}" leaves dimension ${axis} open; say its size`);
      });
    feeds[input.name] = zeros(input, size);
  }
  await session.run(feeds);
}
