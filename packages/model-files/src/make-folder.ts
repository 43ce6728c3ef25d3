import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never returns where the system answers ENOENT for a
 * folder whose parent is there, as `/proc` does.
 * @param mode of what is made. Default: as the user's mask says.
 * @returns the outermost folder that was made; undefined for none.
 * @throws NodeJS.ErrnoException; EEXIST or ENOTDIR where a file is in the way.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined;
  const parent = dirname(folder);
  const above = parent === folder ? undefined : await makeFolder(parent, mode);
  try {
    await mkdir(folder, mode);
    return above ?? folder;
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw error;
    return above;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
