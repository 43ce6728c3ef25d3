import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { constants, copyFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from './make-folder.js';
import { FrStreamError, SinkError, messageOf } from '@fr-stream/core';
import { DEFAULT_CHAIN, findCard } from '@fr-stream/models';
import { AssetCache, type FetchOptions } from './asset-cache.js';
import { hashFile } from './hash-file.js';

export interface CopyOptions {
  /** Replace files of such a name that are other than the models. Default false: they are an error. */
  readonly overwrite?: boolean | undefined;
}

export interface CopyDefaultsOptions extends CopyOptions {
  /** Ids of other model cards whose files are copied too. */
  readonly also?: readonly string[] | undefined;
}

/**
 * Puts the three default models (detector, landmarker, embedder), and others by name, as `ID.onnx`, where a web page serves them from. They
 * are fetched when they are not in the cache, and are what their cards say, byte for byte.
 * @param folder made if need be.
 * @returns the paths of the copies.
 * @throws ModelError (MODEL_DOWNLOAD_FAILED, MODEL_CORRUPT); SinkError (OUTPUT_UNWRITABLE).
 */
export async function copyDefaultModels(
  folder: string,
  {
    cache = new AssetCache(),
    overwrite,
    also = [],
    ...options
  }: FetchOptions & CopyDefaultsOptions & { readonly cache?: AssetCache } = {},
): Promise<readonly string[]> {
  const cards = [...Object.values(DEFAULT_CHAIN), ...also.map((id) => findCard(id))];
  const files = await cache.fetchAll(cards, options);
  const copies = cards.map(({ id }, i) => ({ id, file: files[i] ?? '' }));
  return await copyModels(folder, copies, { overwrite });
}

/**
 * Copies model files into a folder, as `ID.onnx`; one that is there already and is the same stays as it is. Each appears
 * whole or not at all; a link's target is written, and what is no file (a device, a FIFO) is written to.
 * @param folder made if need be.
 * @returns the paths of the copies.
 * @throws SinkError (OUTPUT_UNWRITABLE)
 */
export async function copyModels(
  folder: string,
  models: readonly { readonly id: string; readonly file: string }[],
  options: CopyOptions = {},
): Promise<readonly string[]> {
  const copies: string[] = [];
  try {
    await makeFolder(folder);
    for (const { id, file } of models) {
      const copy = join(folder, `${id}.onnx`);
      await copyModel(file, copy, options);
      copies.push(copy);
    }
    return copies;
  } catch (cause) {
    if (FrStreamError.isInstance(cause)) throw cause;
    throw new SinkError('OUTPUT_UNWRITABLE', `${folder}: models cannot be copied: ${messageOf(cause)}`, {
      hint: 'Choose another folder, or free some space.',
      cause,
    });
  }
}

async function copyModel(file: string, name: string, { overwrite = false }: CopyOptions): Promise<void> {
  const there = await stat(name).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    await pipeline(createReadStream(file), createWriteStream(name, { flags: 'r+' }));
    return;
  }
  const target = await realpath(name).catch(() => name);
  if (there !== undefined && there.size > 0) {
    if ((await hashFile(target)) === (await hashFile(file))) return;
    if (!overwrite) {
      throw new SinkError('OUTPUT_UNWRITABLE', `${name}: it is there already, and is not that model`, {
        hint: 'Choose another folder, or replace it with --overwrite.',
      });
    }
  }
  const part = `${target}.${randomBytes(8).toString('hex')}.part`;
  try {
    await copyFile(file, part, constants.COPYFILE_EXCL);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
