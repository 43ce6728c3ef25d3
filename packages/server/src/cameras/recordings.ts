import { createReadStream } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AesVault, openSealedStream, SealedStreamWriter, type Vault } from '@fr-stream/backend-node';
import { listSegments, SEALED, writeWhole, type Segment, type SegmentSeal } from '@fr-stream/stream';

/** Bytes of a piece of a file that is sealed afterwards. */
const PIECE = 2 ** 20;

/** What cameras recorded: a folder for each, sealed if the vault seals. */
export class Recordings {
  readonly #folder: string;
  readonly #vault: Vault;

  constructor(folder: string, vault: Vault) {
    this.#folder = folder;
    this.#vault = vault;
  }

  folder(camera: string): string {
    return join(this.#folder, camera);
  }

  /** For `recordSegments`. */
  seal(camera: string): SegmentSeal | undefined {
    const vault = this.#vault;
    if (!(vault instanceof AesVault)) return undefined;
    return { begin: (name) => new SealedStreamWriter(vault, contextOf(camera, name)) };
  }

  /** Seals what was recorded before there was a key. */
  async sealAll(): Promise<void> {
    for (const camera of await readdir(this.#folder).catch(() => [])) {
      const seal = this.seal(camera);
      for (const { name, file, sealed } of await this.list(camera)) {
        if (sealed || seal === undefined) continue;
        const path = join(this.folder(camera), file);
        const writer = seal.begin(name);
        await writeWhole(path + SEALED, sealedPieces(writer, path));
        const { atime, mtime } = await stat(path);
        await utimes(path + SEALED, atime, mtime);
        await rm(path, { force: true });
      }
    }
  }

  list(camera: string): Promise<readonly Segment[]> {
    return listSegments(this.folder(camera));
  }

  /** The MP4; undefined when there is none of that name. */
  async read(
    camera: string,
    name: string,
  ): Promise<{ readonly content: Readable; readonly bytes: number | undefined } | undefined> {
    const segment = (await this.list(camera)).find((one) => one.name === name);
    if (segment === undefined) return undefined;
    const path = join(this.folder(camera), segment.file);
    if (!segment.sealed) return { content: createReadStream(path), bytes: segment.bytes };
    const vault = this.#vault;
    // A data folder that holds sealed files is not opened without its key.
    if (!(vault instanceof AesVault)) return undefined;
    return {
      content: Readable.from(openSealedStream(createReadStream(path), vault, contextOf(camera, name))),
      bytes: undefined,
    };
  }
}

async function* sealedPieces(
  writer: Pick<SealedStreamWriter, 'header' | 'seal'>,
  path: string,
): AsyncGenerator<Uint8Array> {
  yield writer.header;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE }))
    yield writer.seal(piece as Buffer);
}

function contextOf(camera: string, name: string): string {
  return `recording:${camera}/${name}`;
}
