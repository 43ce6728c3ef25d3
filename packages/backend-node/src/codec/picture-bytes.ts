import { readFile, stat } from 'node:fs/promises';
import { SourceError, messageOf } from '@fr-stream/core';

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function cannotRead(path: string, cause: unknown): SourceError {
  switch (errnoOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SourceError('INPUT_NOT_FOUND', `${path} does not exist`, {
        hint: 'Check the path; names are case-sensitive on most systems.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new SourceError('INPUT_UNREADABLE', `${path} may not be read: permission denied`, {
        hint: 'Give yourself read permission on it.',
        cause,
      });
    case 'ELOOP':
      return new SourceError('INPUT_UNREADABLE', `${path} is a symbolic link that leads back to itself`, {
        hint: 'Remove or repair the link.',
        cause,
      });
    case 'ERR_FS_FILE_TOO_LARGE':
      return new SourceError('INPUT_UNSUPPORTED', `${path} is larger than 2 GiB`, {
        hint: 'No photo is; is it a video?',
        cause,
      });
    default:
      return new SourceError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
        hint: 'Check the file and the disk or share that it lies on.',
        cause,
      });
  }
}

/**
 * Reads a picture file. Only regular files: reading a device or pipe might never end.
 * @throws SourceError (INPUT_NOT_FOUND | INPUT_UNREADABLE | INPUT_UNSUPPORTED)
 */
export async function readPictureFile(path: string): Promise<Uint8Array> {
  let isFile: boolean;
  let isFolder: boolean;
  try {
    const stats = await stat(path);
    isFile = stats.isFile();
    isFolder = stats.isDirectory();
  } catch (error) {
    throw cannotRead(path, error);
  }
  if (isFolder) {
    throw new SourceError('INPUT_UNSUPPORTED', `${path} is a folder, not a picture`, {
      hint: 'Name the pictures in it.',
    });
  }
  if (!isFile) {
    throw new SourceError('INPUT_UNSUPPORTED', `${path} is a device or pipe, not a picture file`, {
      hint: 'Save the picture to a file first.',
    });
  }
  try {
    return await readFile(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

const brandsOfHeic = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs']);

/** True for HEIF files coded with HEVC (ISO/IEC 23008-12, annex B: brands in the `ftyp` box). */
export function isHeic(bytes: Uint8Array): boolean {
  const letters = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4));
  if (bytes.length < 16 || letters(4) !== 'ftyp') return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (brandsOfHeic.has(letters(8))) return true;
  for (let at = 16; at + 4 <= Math.min(length, bytes.length); at += 4) {
    if (brandsOfHeic.has(letters(at))) return true;
  }
  return false;
}
