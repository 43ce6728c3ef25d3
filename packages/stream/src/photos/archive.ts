import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SourceError, messageOf } from '@fr-stream/core';
import { extract } from 'tar-stream';
import { getFileNameLowLevel, openPromise as openZip } from 'yauzl';
import { UnpackBudget, type UnpackLimits } from './unpack-budget.js';

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
 * unpacked to the disk, and no more than one member is in memory. How much an archive may come to is limited.
 * @throws SourceError (INPUT_UNREADABLE | INPUT_UNSUPPORTED) where the archive breaks; members before it are good.
 */
export async function* archiveMembers(
  path: string,
  limits: UnpackLimits = {},
): AsyncGenerator<ArchiveMember> {
  try {
    const budget = new UnpackBudget(path, (await stat(path)).size, limits);
    switch (await formatOf(path)) {
      case 'zip':
        yield* zipMembers(path, budget);
        break;
      case 'gzip':
        yield* tarMembers(path, true, budget);
        break;
      case 'tar':
        yield* tarMembers(path, false, budget);
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

async function* zipMembers(path: string, budget: UnpackBudget): AsyncGenerator<ArchiveMember> {
  // Names are labels here and lead nowhere, so that one which climbs out of its folder need not end the archive.
  const zip = await openZip(path, { autoClose: false, decodeStrings: false });
  budget.resume();
  try {
    for await (const entry of zip.eachEntry()) {
      budget.member();
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
      const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
      if (name.endsWith('/')) continue;
      budget.pause();
      yield {
        name,
        size: entry.uncompressedSize,
        bytes: () =>
          reading(path, name, entry.uncompressedSize, budget, true, async () => {
            if (entry.isEncrypted()) throw new Error('it is encrypted');
            return zip.openReadStreamPromise(entry);
          }),
      };
      budget.resume();
    }
  } finally {
    zip.close();
  }
}

async function* tarMembers(
  path: string,
  compressed: boolean,
  budget: UnpackBudget,
): AsyncGenerator<ArchiveMember> {
  const members = extract();
  const file = createReadStream(path);
  // What is passed over is unpacked too.
  const counted = budget.counted();
  const done = compressed
    ? pipeline(file, createGunzip(), counted, members)
    : pipeline(file, counted, members);
  // What breaks the pipeline breaks the iteration below too, which reports it.
  done.catch(() => undefined);
  budget.resume();
  try {
    for await (const entry of members) {
      budget.member();
      const { name, size = 0, type } = entry.header;
      if (type === 'file' || type === 'contiguous-file') {
        budget.pause();
        yield {
          name,
          size,
          bytes: () => reading(path, name, size, budget, false, () => Promise.resolve(entry)),
        };
        budget.resume();
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
  budget: UnpackBudget,
  counts: boolean,
  openMember: () => Promise<AsyncIterable<unknown>>,
): Promise<Uint8Array> {
  try {
    if (size > MOST_MEMBER_BYTES) throw new Error(`it is larger than ${MOST_MEMBER_BYTES / 2 ** 20} MB`);
    const chunks: Uint8Array[] = [];
    budget.resume();
    for await (const chunk of await openMember()) {
      if (counts) budget.bytes((chunk as Uint8Array).length);
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    // That is the archive's end, not one member's.
    if (SourceError.isInstance(cause)) throw cause;
    throw new SourceError('INPUT_UNREADABLE', `${archive}: ${name} cannot be read: ${messageOf(cause)}`, {
      hint: 'Unpack the archive and name the folder.',
      cause,
    });
  } finally {
    budget.pause();
  }
}
