import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SourceError, messageOf } from '@fr-stream/core';
import { extract } from 'tar-stream';
import { openPromise as openZip } from 'yauzl';

/** A file in an archive. `bytes` may be called until the next member is asked for. */
export interface ArchiveMember {
  /** As the archive says, with slashes; never to be used as a path on this machine. */
  readonly name: string;
  /** Uncompressed, as the archive says. */
  readonly size: number;
  /** @throws SourceError when it is encrypted, damaged, or larger than {@link MOST_MEMBER_BYTES}. */
  bytes(): Promise<Uint8Array>;
}

/** No photo is larger; what claims to be might be made to fill the memory. */
export const MOST_MEMBER_BYTES = 512 * 2 ** 20;

/**
 * The files of a zip or tar archive (by its content; tar also compressed with gzip), one at a time: nothing is
 * unpacked to the disk, and no more than one member is in memory.
 * @throws SourceError (INPUT_UNREADABLE | INPUT_UNSUPPORTED) where the archive breaks; members before it are good.
 */
export async function* archiveMembers(path: string): AsyncGenerator<ArchiveMember> {
  try {
    switch (await formatOf(path)) {
      case 'zip':
        yield* zipMembers(path);
        break;
      case 'gzip':
        yield* tarMembers(path, true);
        break;
      case 'tar':
        yield* tarMembers(path, false);
        break;
    }
  } catch (cause) {
    if (SourceError.isInstance(cause)) throw cause;
    throw new SourceError('INPUT_UNREADABLE', `${path}: the archive cannot be read: ${messageOf(cause)}`, {
      hint: 'It is damaged, cut off, or may not be read; copy it again, or unpack what can be saved.',
      cause,
    });
  }
}

async function formatOf(path: string): Promise<'zip' | 'gzip' | 'tar'> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const magic = head.subarray(0, 4).toString('latin1');
    if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return 'zip';
    if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
    if (bytesRead === head.length && head.toString('latin1', 257, 262) === 'ustar') return 'tar';
  } finally {
    await file.close();
  }
  throw new SourceError('INPUT_UNSUPPORTED', `${path} is no zip or tar archive`, {
    hint: 'Zip, tar and gzip-compressed tar are read; unpack others first and name the folder.',
  });
}

async function* zipMembers(path: string): AsyncGenerator<ArchiveMember> {
  const zip = await openZip(path, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (name.endsWith('/')) continue;
      yield {
        name,
        size: entry.uncompressedSize,
        bytes: () =>
          reading(path, name, entry.uncompressedSize, async () => {
            if (entry.isEncrypted()) throw new Error('it is encrypted');
            return zip.openReadStreamPromise(entry);
          }),
      };
    }
  } finally {
    zip.close();
  }
}

async function* tarMembers(path: string, compressed: boolean): AsyncGenerator<ArchiveMember> {
  const members = extract();
  const file = createReadStream(path);
  const done = compressed ? pipeline(file, createGunzip(), members) : pipeline(file, members);
  // What breaks the pipeline breaks the iteration below too, which reports it.
  done.catch(() => undefined);
  try {
    for await (const entry of members) {
      const { name, size = 0, type } = entry.header;
      if (type === 'file' || type === 'contiguous-file') {
        yield { name, size, bytes: () => reading(path, name, size, () => Promise.resolve(entry)) };
      }
      // The next member comes only when this one has been read to its end.
      entry.resume();
    }
  } finally {
    file.destroy();
    members.destroy();
  }
}

async function reading(
  archive: string,
  name: string,
  size: number,
  openMember: () => Promise<AsyncIterable<unknown>>,
): Promise<Uint8Array> {
  try {
    if (size > MOST_MEMBER_BYTES) throw new Error(`it is larger than ${MOST_MEMBER_BYTES / 2 ** 20} MB`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await openMember()) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new SourceError('INPUT_UNREADABLE', `${archive}: ${name} cannot be read: ${messageOf(cause)}`, {
      hint: 'Unpack the archive and name the folder.',
      cause,
    });
  }
}
