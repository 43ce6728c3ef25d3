import { existsSync, statSync } from 'node:fs';

/** Not so a folder, nor a device or pipe, which loading might wait for without end. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
