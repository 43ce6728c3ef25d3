import { readFile, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '@fr-stream/backend-node';
import type { Vault } from '@fr-stream/backend-node';
import { writeWhole } from '@fr-stream/stream/output';
import { ULID } from '../ids.js';
import { sealFile } from '../vault/seal-file.js';

export type PictureKind = 'snapshot' | 'best';

/** The pictures of events, in folders by day, sealed if the vault seals. */
export class PictureStore {
  readonly #folder: string;
  readonly #vault: Vault;

  constructor(folder: string, vault: Vault) {
    this.#folder = folder;
    this.#vault = vault;
  }

  async write(id: string, at: string, kind: PictureKind, jpeg: Uint8Array): Promise<void> {
    const path = this.#path(id, at, kind);
    await makeFolder(dirname(path), 0o700);
    // A kill in between leaves no half picture under the final name.
    await writeWhole(path, this.#vault.seal(jpeg, `${kind}:${id}`));
  }

  /** @returns undefined when there is none (any more). */
  async read(id: string, at: string, kind: PictureKind): Promise<Uint8Array | undefined> {
    const bytes = await readFile(this.#path(id, at, kind)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return bytes && this.#vault.open(bytes, `${kind}:${id}`);
  }

  /** Seals pictures that were kept before there was a key. */
  async sealAll(): Promise<void> {
    for (const day of await readdir(this.#folder).catch(() => [])) {
      for (const name of await readdir(join(this.#folder, day)).catch(() => [])) {
        const [, id, kind] = /^(.+)\.(snapshot|best)\.jpg$/.exec(name) ?? [];
        if (id === undefined || kind === undefined) continue;
        await sealFile(join(this.#folder, day, name), this.#vault, `${kind}:${id}`);
      }
    }
  }

  async remove(id: string, at: string): Promise<void> {
    for (const kind of ['snapshot', 'best'] as const) await rm(this.#path(id, at, kind), { force: true });
  }

  #path(id: string, at: string, kind: PictureKind): string {
    if (!ULID.test(id)) throw new Error(`"${id}" is no event's id`);
    return join(this.#folder, new Date(at).toISOString().slice(0, 10), `${id}.${kind}.jpg`);
  }
}
