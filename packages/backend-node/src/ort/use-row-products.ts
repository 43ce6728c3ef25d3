import { RowProducts } from '@fr-stream/core';
import { OnnxRuntimeBackend } from './onnx-runtime-backend.js';

/** Opens matrix products on the processor for as long as they are in use. @throws BackendError */
export async function useRowProducts<T>(use: (products: RowProducts) => Promise<T>): Promise<T> {
  // Tens of thousands of short runs, with work of our own between them.
  await using backend = new OnnxRuntimeBackend({ spinning: false });
  await using products = await RowProducts.open(backend);
  return await use(products);
}
