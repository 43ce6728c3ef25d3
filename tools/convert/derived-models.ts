import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssetCache } from '@fr-stream/backend-node';
import { messageOf, ModelError } from '@fr-stream/core';
import { convertFiles } from './convert-files.js';
import { recipeKey, type ConversionRecipe } from './recipe.js';

export interface DerivedModelOptions {
  /** Where sources and results are kept. Default: the user's cache folder. */
  readonly cache?: AssetCache;
  readonly signal?: AbortSignal;
}

/**
 * The path of the converted model that a recipe describes. Made on first use and kept in the cache's `derived`
 * folder under the recipe's key, so that another source, option or converter version gives another file. The file
 * appears whole or not at all; two processes at once both work and one file wins.
 *
 * @throws ModelError (MODEL_DOWNLOAD_FAILED, MODEL_CORRUPT) as `AssetCache.fetchAll`, or when the result is not what
 *   the recipe promises; ConversionError for what cannot be converted.
 */
export async function convertedModel(
  recipe: ConversionRecipe,
  { cache = new AssetCache(), signal }: DerivedModelOptions = {},
): Promise<string> {
  const folder = join(cache.folder, 'derived');
  const path = join(folder, `${recipeKey(recipe)}.onnx`);
  const kept = await readFile(path).catch(() => undefined);
  // The digest beside the file tells a file that was damaged on disk from a good one.
  if (kept !== undefined && (await recordedDigest(path)) === digest(kept)) return path;

  const paths = await cache.fetchAll(recipe.sources, signal === undefined ? {} : { signal });
  const [first, ...rest] = await Promise.all(paths.map((each) => readFile(each)));
  if (first === undefined) throw new ModelError('MODEL_CARD_INVALID', `recipe ${recipe.id} names no sources`);
  const { bytes } = convertFiles(recipe.architecture, [first, ...rest], recipe.id, recipe.options);
  const sha256 = digest(bytes);
  if (recipe.sha256 !== undefined && recipe.sha256 !== sha256) {
    throw new ModelError(
      'MODEL_CORRUPT',
      `${recipe.id}: conversion gave ${sha256}, the recipe says ${recipe.sha256}`,
      {
        hint: 'The recipe was written for another converter version; convert and measure anew, then note the new hash.',
      },
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    await publish(`${path}.sha256`, sha256);
    await publish(path, bytes);
  } catch (cause) {
    throw new ModelError('MODEL_DOWNLOAD_FAILED', `${path} cannot be written: ${messageOf(cause)}`, {
      cause,
      hint: 'Make the cache folder writable, or name another one in FR_STREAM_CACHE.',
    });
  }
  return path;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function recordedDigest(path: string): Promise<string | undefined> {
  return await readFile(`${path}.sha256`, 'utf8').catch(() => undefined);
}

async function publish(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
