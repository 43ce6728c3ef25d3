import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@fr-stream/model-files';
import { ModelError, messageOf, type ModelCard } from '@fr-stream/core';
import { parseModelCard } from '@fr-stream/models';
import writeFileAtomic from 'write-file-atomic';

/** Cards of user-supplied models, one JSON file each, which they may edit. */
export class UserCards {
  /** Absolute; may not exist yet. */
  readonly folder: string;

  /** @param cacheFolder the folder of the model store. */
  constructor(cacheFolder: string) {
    this.folder = join(cacheFolder, 'cards');
  }

  path(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  /**
   * All cards, in ascending order of id.
   * @throws ModelError (MODEL_CARD_INVALID) naming the file that is no card.
   */
  async list(): Promise<readonly ModelCard[]> {
    const names = await readdir(this.folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).sort();
    return Promise.all(files.map((name) => readCard(join(this.folder, name))));
  }

  /** Writes a card, in place of one with the same id. @returns the file. */
  async save(card: ModelCard): Promise<string> {
    const path = this.path(card.id);
    try {
      await makeFolder(this.folder);
      await writeFileAtomic(path, `${JSON.stringify(card, null, 2)}\n`);
    } catch (cause) {
      throw new ModelError('MODEL_DOWNLOAD_FAILED', `${path} cannot be written: ${messageOf(cause)}`, {
        hint: 'Make the folder writable, or name another one in FR_STREAM_CACHE.',
        cause,
      });
    }
    return path;
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }
}

/** @throws ModelError (MODEL_CARD_INVALID) */
export async function readCard(path: string): Promise<ModelCard> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ModelError('MODEL_CARD_INVALID', `${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'It must be a model card in JSON; correct it or delete it.',
      cause,
    });
  }
  return parseModelCard(value, path);
}
