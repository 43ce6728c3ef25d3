import { onnxruntime } from '../../worker/onnxruntime.mjs';

/** A model's outputs for a picture of gentle waves, straight from the runtime. */
export async function outputs(model: Uint8Array): Promise<Map<string, unknown>> {
  const session = await onnxruntime().InferenceSession.create(model, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const [{ name, ...info }] = session.inputMetadata;
  const dims = 'shape' in info ? info.shape.map(Number) : [];
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length }, (_, i) => Math.sin(i / 50));
  const results = await session.run({ [name]: new (onnxruntime().Tensor)('float32', data, dims) });
  const found = new Map(Object.entries(results).map(([key, { data }]) => [key, data] as const));
  await session.release();
  return found;
}
