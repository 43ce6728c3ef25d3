import { useRowProducts } from '@fr-stream/backend-node';
import { FlatIndex, type RowProducts, type ClusterFace, type VectorIndex } from '@fr-stream/core';

/** Below, comparing one by one is done before the inference runtime is loaded. */
const PRODUCTS_FROM = 2_000;

/** Gives `use` what all faces of a set are compared by: see `neighbourGraph`. */
export async function compareAll<T>(
  faces: readonly ClusterFace[],
  use: (source: VectorIndex | RowProducts) => Promise<T>,
): Promise<T> {
  if (faces.length >= PRODUCTS_FROM) return useRowProducts(use);
  await using index = new FlatIndex(faces[0]?.vector.length ?? 1);
  await index.add(faces.map(({ id, vector }) => ({ id, vector })));
  return await use(index);
}
