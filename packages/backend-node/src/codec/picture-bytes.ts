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

/** Kinds of pictures that sharp's prebuilt libvips does not read. */
export type OtherFormat = 'heic' | 'bmp' | 'jpeg2000';

const JPEG2000_BOX = [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20];
/** Start of codestream, and of the SIZ segment that must follow (ISO/IEC 15444-1, annex A). */
const JPEG2000_STREAM = [0xff, 0x4f, 0xff, 0x51];

/** By the content, whatever the file is called; undefined for what libvips is to look at. */
export function otherFormat(bytes: Uint8Array): OtherFormat | undefined {
  const begins = (start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte);
  if (isHeic(bytes)) return 'heic';
  if (begins(JPEG2000_BOX) || begins(JPEG2000_STREAM)) return 'jpeg2000';
  if (begins([0x42, 0x4d]) && bytes.length >= 30) {
    // Two letters prove little: the header's length and the number of planes are also fixed.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = view.getUint32(14, true);
    const planes = view.getUint16(header === 12 ? 22 : 26, true);
    if ([12, 40, 52, 56, 64, 108, 124].includes(header) && planes === 1) return 'bmp';
  }
  return undefined;
}
