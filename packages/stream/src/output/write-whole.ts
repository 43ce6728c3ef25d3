import { rename, writeFile } from 'node:fs/promises';
import { makeTemporary, removeTemporary } from './temp-file.js';
import { forgetTemporary } from './open-files.js';

/**
 * Writes a file of our own, in a folder of our own, so that it appears whole or not at all; for its owner alone. What
 * users name themselves is an `Output`.
 * @param content in one or in pieces.
 * @throws NodeJS.ErrnoException
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { path: part, handle } = await makeTemporary(path);
  try {
    try {
      await writeFile(handle, content);
    } finally {
      await handle.close();
    }
    await rename(part, path);
    forgetTemporary(part);
  } catch (error) {
    await removeTemporary(part).catch(() => undefined);
    throw error;
  }
}
