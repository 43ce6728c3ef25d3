import { stat } from 'node:fs/promises';
import { SourceError } from '@fr-stream/core';
import { isVideoName } from '@fr-stream/library';
import { listPhotos, type PhotoList } from '@fr-stream/stream';

/** The photos among inputs that may hold none; undefined then. */
export async function listPhotosOf(inputs: readonly string[]): Promise<PhotoList | undefined> {
  const named = inputs.filter((input) => !isVideoName(input));
  if (named.length === 0) return undefined;
  const folders = await Promise.all(
    named.map(async (input) => (await stat(input).catch(() => undefined))?.isDirectory() === true),
  );
  try {
    return await listPhotos(named);
  } catch (error) {
    // Folders may hold videos only; a photo that was named is to be there.
    const none = SourceError.isInstance(error) && error.code === 'INPUT_NOT_FOUND';
    if (none && folders.every((folder) => folder)) return undefined;
    throw error;
  }
}
