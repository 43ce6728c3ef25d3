import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolder } from '@fr-stream/backend-node';
import { writeWhole } from '@fr-stream/stream/output';
import { ulid, ULID } from '../ids.js';

/** Uploads are kept no longer. */
const KEEP_MS = 24 * 3600_000;

/** An upload that is larger than allowed. */
export class UploadTooLarge extends Error {}

/** Files that were uploaded for jobs, under names of our own: what the client calls them never becomes a path. */
export class UploadStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns its id. @throws UploadTooLarge; what was written is gone then. */
  async save(
    gallery: string,
    content: Readable,
    mostBytes: number,
  ): Promise<{ readonly id: string; readonly bytes: number }> {
    const id = ulid();
    const path = this.#path(gallery, id);
    await makeFolder(join(this.#folder, gallery), 0o700);
    let bytes = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > mostBytes) throw new UploadTooLarge();
        yield chunk;
      }
    };
    await writeWhole(path, counted());
    return { id, bytes };
  }

  /** The file of an upload to this gallery; undefined when there is none. */
  async find(gallery: string, id: string): Promise<string | undefined> {
    if (!ULID.test(id)) return undefined;
    const path = this.#path(gallery, id);
    return (await stat(path).catch(() => undefined))?.isFile() === true ? path : undefined;
  }

  /** Removes an upload; nothing, where the path is not one. */
  async remove(path: string): Promise<void> {
    if (resolve(path).startsWith(resolve(this.#folder) + sep)) await rm(path, { force: true });
  }

  /** Removes what is old. @param needed paths that stay. */
  async prune(needed: ReadonlySet<string>, nowMs = Date.now()): Promise<void> {
    for (const gallery of await readdir(this.#folder).catch(() => [])) {
      for (const name of await readdir(join(this.#folder, gallery)).catch(() => [])) {
        const path = join(this.#folder, gallery, name);
        const facts = await stat(path).catch(() => undefined);
        if (needed.has(path)) continue;
        if (facts !== undefined && nowMs - facts.mtimeMs > KEEP_MS) await rm(path, { force: true });
      }
    }
  }

  #path(gallery: string, id: string): string {
    return join(this.#folder, gallery, id);
  }
}
