import { resolve, sep } from 'node:path';

/** Whether a file is, or lies below, a folder or archive that a user named; all do when none was. */
export function isBelow(path: string, under: string | undefined): boolean {
  if (under === undefined) return true;
  const folder = resolve(under).replace(/[/\\]$/, '');
  return path === folder || path.startsWith(folder + sep) || path.startsWith(`${folder}!/`);
}
