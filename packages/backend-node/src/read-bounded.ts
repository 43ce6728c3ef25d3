import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/**
 * A small file of the user's, whole; also what comes through a pipe, such as a shell's `<(command)`. A device that never
 * ends is read no further than the limit.
 * @param most bytes.
 * @throws Error of the file system, or when there is more.
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  // `end` is the last byte that is read: one more than may be there.
  const bytes = await buffer(createReadStream(path, { end: most }));
  if (bytes.length <= most) return bytes;
  throw new Error(`there is more than ${most} bytes in it, too much for what it is meant to be`);
}

/** Nothing for a plain file, or a link to one; else what it is, or what keeps it from being seen, as an error. */
export async function requireRegularFile(path: string): Promise<void> {
  const stats = await stat(path);
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is a device or pipe');
}
