import type * as Ort from 'onnxruntime-node';
import { onnxruntime } from '../../runtime/onnxruntime.mjs';

/** A float tensor with its shape, row-major. */
export interface FloatArray {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** An ONNX model in onnxruntime on the CPU. The caller disposes. */
export interface OnnxRunner extends AsyncDisposable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, FloatArray>>): Promise<Record<string, FloatArray>>;
}

/** Loads a model for comparison and timing. @param threads Threads inside one operator. Default 1. */
export async function openOnnx(bytes: Uint8Array, threads = 1): Promise<OnnxRunner> {
  const ort = onnxruntime();
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { dims, data }]) => [name, new ort.Tensor('float32', data, dims)]),
      );
      const results = await session.run(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => {
          // Shape-like outputs are compared as floats too.
          const data =
            tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(numbers(tensor.data));
          return [name, { dims: tensor.dims, data }];
        }),
      );
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function numbers(data: Ort.Tensor.DataType): number[] {
  if (Array.isArray(data)) throw new TypeError('string tensors are not compared');
  return Array.from(data, (value: number | bigint) => Number(value));
}
