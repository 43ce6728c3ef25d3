import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SinkError, messageOf } from '@fr-stream/core';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { AssetCache, type FetchOptions } from './asset-cache.js';

/**
 * Puts the three default models (detector, landmarker, embedder), as `ID.onnx`, where a web page serves them from. They
 * are fetched when they are not in the cache, and are what their cards say, byte for byte.
 * @param folder made if need be.
 * @returns the paths of the copies.
 * @throws ModelError (MODEL_DOWNLOAD_FAILED, MODEL_CORRUPT); SinkError (OUTPUT_UNWRITABLE).
 */
export async function copyDefaultModels(
  folder: string,
  { cache = new AssetCache(), ...options }: FetchOptions & { readonly cache?: AssetCache } = {},
): Promise<readonly string[]> {
  const cards = Object.values(DEFAULT_CHAIN);
  const files = await cache.fetchAll(cards, options);
  try {
    await mkdir(folder, { recursive: true });
    return await Promise.all(
      cards.map(async ({ id }, i) => {
        const copy = join(folder, `${id}.onnx`);
        await copyFile(files[i], copy);
        return copy;
      }),
    );
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${folder}: models cannot be copied: ${messageOf(cause)}`, {
      hint: 'Choose another folder, or free some space.',
      cause,
    });
  }
}
