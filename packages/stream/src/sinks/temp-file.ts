import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { SinkError, messageOf } from '@fr-stream/core';

/** `faces.jsonl` -> `faces.part.jsonl`: where a file lies until it is complete. */
export function partName(path: string): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.part${extension}`;
}

/**
 * Makes sure that `path` can be written, before hours of work depend on it: creates its folder and an empty part
 * file.
 * @throws SinkError (OUTPUT_UNWRITABLE)
 */
export async function claimPart(path: string, part = partName(path)): Promise<string> {
  try {
    await ensureFolder(dirname(path));
    const target = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await target?.close();
    await (await open(part, 'w')).close();
    return part;
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * Makes a folder and those above it. (Node's own recursive `mkdir` never returns where the system answers ENOENT for
 * a folder whose parent is there, as `/proc` does.)
 */
async function ensureFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const parent = dirname(folder);
  if (!(await exists(parent))) await ensureFolder(parent);
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Another process was quicker.
    if (error.code !== 'EEXIST') throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** @throws SinkError (OUTPUT_FAILED) */
export async function publish(part: string, path: string): Promise<void> {
  try {
    await rename(part, path);
  } catch (cause) {
    throw new SinkError('OUTPUT_FAILED', `${path}: the finished file could not be renamed from ${part}`, {
      hint: `The data is complete in ${part}; rename it yourself.`,
      cause,
    });
  }
}

export async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
}

export function unwritable(path: string, cause: unknown): SinkError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why: Readonly<Record<string, string>> = {
    EACCES: 'writing there is not permitted',
    EPERM: 'writing there is not permitted',
    EROFS: 'the disk is read-only',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is a file, not a folder',
    EEXIST: 'a part of its path is a file, not a folder',
    ENOSPC: 'the disk is full',
    ENOENT: 'its folder does not exist and cannot be made',
  };
  return new SinkError('OUTPUT_UNWRITABLE', `${path}: ${why[code ?? ''] ?? messageOf(cause)}`, {
    hint: 'Choose another place, or change the access rights or free some space there.',
    cause,
  });
}
