import type { InferenceBackend, SessionOptions } from '../contracts/inference.js';
import { FrStreamError } from '../errors.js';
import { bytes, modelBytes, node, string, valueInfo, type ElementType } from '../inference/onnx-bytes.js';
import { assert, assertClose, assertEqual, rejection } from './conformance.js';
import type { ConformanceCheck } from './conformance.js';

/**
 * A minimal ONNX graph, written by hand after onnx.proto so that the suite needs no model file: `sum` = `x` + `y`
 * and `product` = `x` * `y`, element by element, over `[n, 2]`.
 */
function arithmeticModel(type: ElementType): Uint8Array {
  const dims = ['n', 2];
  const graph = [
    ...bytes(1, node('Add', ['x', 'y'], 'sum')),
    ...bytes(1, node('Mul', ['x', 'y'], 'product')),
    ...string(2, 'arithmetic'),
    ...bytes(11, valueInfo('x', type, dims)),
    ...bytes(11, valueInfo('y', type, dims)),
    ...bytes(12, valueInfo('sum', type, dims)),
    ...bytes(12, valueInfo('product', type, dims)),
  ];
  return modelBytes(graph);
}

function codeOf(error: unknown): string {
  assert(FrStreamError.isInstance(error), `expected a typed error, got ${String(error)}`);
  return error.code;
}

/**
 * What every {@link InferenceBackend} must do.
 *
 * @param make gives a fresh backend, which the suite disposes.
 * @param session options for loading, when the platform's CPU is not what should be tested.
 */
export function inferenceBackendConformance(
  make: () => Promise<InferenceBackend>,
  session: SessionOptions = {},
): readonly ConformanceCheck[] {
  const check = (name: string, run: (backend: InferenceBackend) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using backend = await make();
      await run(backend);
    },
  });
  const floats = (data: readonly number[], dims: readonly number[]) =>
    ({ type: 'float32', dims, data: Float32Array.from(data) }) as const;

  return [
    check('has a name and at least one provider', async (backend) => {
      assert(backend.name !== '', 'name is empty');
      assert(backend.providers.length > 0, 'no provider');
      await Promise.resolve();
    }),

    check('describes inputs and outputs, open dimensions as undefined', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const shape = (name: string) => ({ name, type: 'float32', dims: [null, 2] });
      assertEqual(model.inputs, [shape('x'), shape('y')], 'inputs');
      assertEqual(model.outputs, [shape('sum'), shape('product')], 'outputs');
      assert(backend.providers.includes(model.provider), 'the provider is not one of the backend');
    }),

    check('computes', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const { sum, product } = await model.run({
        x: floats([1, 2, 3, -4], [2, 2]),
        y: floats([10, 0.5, -3, 2], [2, 2]),
      });
      assertEqual(sum?.dims, [2, 2], 'dims of sum');
      assertEqual(sum?.type, 'float32', 'type of sum');
      assertEqual(Array.from(sum?.data ?? [], Number), [11, 2.5, 0, -2], 'sum');
      assertEqual(Array.from(product?.data ?? [], Number), [10, 1, -9, -8], 'product');
    }),

    check('takes views into larger buffers', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const whole = Float32Array.from([9, 9, 1, 2, 9, 9]);
      const x = { type: 'float32', dims: [1, 2], data: whole.subarray(2, 4) } as const;
      const { sum } = await model.run({ x, y: floats([10, 20], [1, 2]) });
      assertEqual(Array.from(sum?.data ?? [], Number), [11, 22], 'sum');
      assertEqual(Array.from(whole), [9, 9, 1, 2, 9, 9], 'the input after the run');
    }),

    check('computes only what is wanted', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const outputs = await model.run({ x: floats([1, 2], [1, 2]), y: floats([3, 4], [1, 2]) }, ['product']);
      assertEqual(Object.keys(outputs), ['product'], 'outputs');
    }),

    check('keeps 64-bit integers exact', async (backend) => {
      await using model = await backend.load(arithmeticModel('int64'), session);
      const integers = (...values: bigint[]) =>
        ({ type: 'int64', dims: [1, 2], data: BigInt64Array.from(values) }) as const;
      const { sum } = await model.run({ x: integers(9007199254740993n, -1n), y: integers(2n, 1n) });
      assertEqual(sum?.type, 'int64', 'type');
      assertEqual(Array.from(sum?.data ?? [], String), ['9007199254740995', '0'], 'sum');
    }),

    check('keeps results of concurrent runs apart', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          model.run({ x: floats([i, 2], [1, 2]), y: floats([3, i], [1, 2]) }),
        ),
      );
      for (const [i, { sum, product }] of results.entries()) {
        assertClose(Number(sum?.data[0]), i + 3, 0, `sum of run ${i}`);
        assertClose(Number(product?.data[1]), 2 * i, 0, `product of run ${i}`);
      }
    }),

    check('refuses a missing input and a wrong shape, and works on afterwards', async (backend) => {
      await using model = await backend.load(arithmeticModel('float32'), session);
      const x = floats([1, 2], [1, 2]);
      assertEqual(codeOf(await rejection(() => model.run({ x }), 'missing y')), 'BACKEND_RUN_FAILED', 'code');
      const y = floats([1, 2, 3], [1, 3]);
      assertEqual(codeOf(await rejection(() => model.run({ x, y }), '1x3')), 'BACKEND_RUN_FAILED', 'code');
      const { sum } = await model.run({ x, y: x });
      assertEqual(Array.from(sum?.data ?? [], Number), [2, 4], 'sum after the errors');
    }),

    check('refuses bytes that are no model', async (backend) => {
      const garbage = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
      const error = await rejection(() => backend.load(garbage, session), 'garbage');
      assertEqual(codeOf(error), 'BACKEND_LOAD_FAILED', 'code');
      const cut = arithmeticModel('float32').slice(0, 60);
      assertEqual(
        codeOf(await rejection(() => backend.load(cut, session), 'cut')),
        'BACKEND_LOAD_FAILED',
        'code',
      );
    }),

    check('names what is there when no wanted provider is, and never falls back', async (backend) => {
      const everything = ['cuda', 'dml', 'coreml', 'webnn', 'openvino', 'tensorrt', 'wasm', 'cpu'] as const;
      const absent = everything.find((provider) => !backend.providers.includes(provider));
      assert(absent !== undefined, 'this platform has every provider there is');
      const model = arithmeticModel('float32');
      const error = await rejection(() => backend.load(model, { providers: [absent] }), absent);
      assertEqual(codeOf(error), 'BACKEND_PROVIDER_MISSING', 'code');
      assert(FrStreamError.isInstance(error) && error.message.includes(absent), 'the message names it');
      assert(
        FrStreamError.isInstance(error) && backend.providers.some((there) => error.message.includes(there)),
        'the message names what is there',
      );
      const [first] = backend.providers;
      assert(first !== undefined, 'no provider');
      await using loaded = await backend.load(model, { ...session, providers: [absent, first] });
      assertEqual(loaded.provider, first, 'the second wish');
    }),

    check('refuses to run after dispose; disposing twice is harmless', async (backend) => {
      const model = await backend.load(arithmeticModel('float32'), session);
      const x = floats([1, 2], [1, 2]);
      const last = model.run({ x, y: x });
      await model[Symbol.asyncDispose]();
      assertEqual(Array.from((await last).sum?.data ?? [], Number), [2, 4], 'the run under way');
      await model[Symbol.asyncDispose]();
      const error = await rejection(() => model.run({ x, y: x }), 'run after dispose');
      assertEqual(codeOf(error), 'BACKEND_RUN_FAILED', 'code');
    }),
  ];
}
