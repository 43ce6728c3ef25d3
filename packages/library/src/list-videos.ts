import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SourceError } from '@fr-stream/core';
import { kindOfFile, walkFolder } from '@fr-stream/stream';

export interface VideoList {
  /** Absolute, ascending; two ways to one file count once. */
  readonly paths: readonly string[];
  /** The folders among the inputs, absolute: all videos below them are in `paths`. */
  readonly complete: readonly string[];
}

/** Whether a file found in a folder is taken for a video: by its name alone. */
export function isVideoName(path: string): boolean {
  return kindOfFile(path) === 'videos';
}

/**
 * The videos of folders, with all that is below them, and those that are named themselves.
 * @param onProblem told of each folder that cannot be read.
 */
export async function listVideos(
  inputs: readonly string[],
  onProblem: (path: string, error: SourceError) => void = () => undefined,
): Promise<VideoList> {
  const found = new Map<string, string>();
  const complete: string[] = [];
  const add = async (path: string): Promise<void> => {
    const real = await realpath(path).catch(() => path);
    const known = found.get(real);
    if (known === undefined || path < known) found.set(real, path);
  };
  for (const input of inputs) {
    const path = resolve(input);
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isDirectory() === true) {
      complete.push(path);
      for await (const file of walkFolder(path, onProblem)) if (isVideoName(file)) await add(file);
    } else if (isVideoName(path)) {
      await add(path);
    }
  }
  return { paths: [...found.values()].sort((a, b) => (a < b ? -1 : 1)), complete };
}
