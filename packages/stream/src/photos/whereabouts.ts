import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where a file of before is now. */
export type Whereabouts = 'there' | 'gone' | 'unreachable';

/**
 * Whether a file is gone, or only cannot be reached: the place where a drive is mounted is an empty folder, or none, while
 * the drive is away, and nothing that lies on it is to be lost.
 */
export async function whereabouts(path: string): Promise<Whereabouts> {
  const here = await exists(path);
  if (here !== false) return here === true ? 'there' : 'unreachable';
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await exists(folder);
    if (found === undefined) return 'unreachable';
    if (found) {
      if (mayHoldDrives(folder, path)) return 'unreachable';
      const names = await readdir(folder).catch(() => []);
      return names.length === 0 ? 'unreachable' : 'gone';
    }
    if (dirname(folder) === folder) return 'unreachable';
  }
}

/** Where systems make a folder for each drive that is there, and remove it with the drive. */
const MOUNTS = /^\/(?:mnt|Volumes|media(?:\/[^/]+)?|run\/media(?:\/[^/]+)?)$/;

/** Whether what is missing may be a drive in the folder, rather than a file. @param folder that is there. */
export function mayHoldDrives(folder: string, path: string): boolean {
  return MOUNTS.test(folder) && dirname(path) !== folder;
}

/** Undefined where that cannot be known. */
async function exists(path: string): Promise<boolean | undefined> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? false : undefined,
  );
}
