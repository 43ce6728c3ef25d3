import { OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { RowProducts } from '@fr-stream/core';

/** Matrix products for one comparison of many people. */
export async function useProducts<T>(use: (products: RowProducts) => Promise<T>): Promise<T> {
  await using backend = new OnnxRuntimeBackend();
  await using products = await RowProducts.open(backend);
  return await use(products);
}
