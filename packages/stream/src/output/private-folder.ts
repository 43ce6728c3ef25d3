import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What we make shows faces and names: it is its owner's alone. Who wants to share it says so with chmod. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/**
 * Makes a folder and those above it. (Node's own recursive `mkdir` never returns where the system answers ENOENT for
 * a folder whose parent is there, as `/proc` does.)
 * @returns those that were made, the outermost first.
 */
export async function ensureFolder(folder: string): Promise<readonly string[]> {
  if (await exists(folder)) return [];
  const parent = dirname(folder);
  const made = (await exists(parent)) ? [] : await ensureFolder(parent);
  try {
    await mkdir(folder, PRIVATE_FOLDER);
    return [...made, folder];
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return made;
  }
}

/** Removes those of the folders that were made here and hold nothing. */
export async function removeEmpty(made: readonly string[]): Promise<void> {
  for (const folder of made.toReversed()) await rmdir(folder).catch(() => undefined);
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
