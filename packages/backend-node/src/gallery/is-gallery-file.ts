import { open } from 'node:fs/promises';
import { APPLICATION_ID } from './schema.js';

/** Where SQLite's file header says whose database it is. */
const APPLICATION_AT = 68;

/**
 * Whether a file may be replaced by a gallery: it is one, of whatever version, or holds nothing. A gallery whose first
 * bytes are damaged is not told from somebody's video.
 */
export async function isGalleryFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(APPLICATION_AT + 4);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    if (bytesRead === 0) return true;
    return (
      bytesRead === header.length &&
      header.toString('latin1', 0, 16) === 'SQLite format 3\0' &&
      header.readUInt32BE(APPLICATION_AT) === APPLICATION_ID
    );
  } finally {
    await file.close();
  }
}
