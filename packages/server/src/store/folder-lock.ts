import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@fr-stream/core';

/**
 * Keeps a second server out of a data folder. A server that was killed leaves its number behind; when no process has
 * it any more, the folder is free.
 * @returns what frees it. @throws ArgumentError
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'server.pid');
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (attempt > 3 || (holder !== process.pid && isAlive(holder))) {
      throw new ArgumentError(`${folder}: another server (process ${holder}) uses this folder.`, {
        hint: 'End it, or name another folder with --data. If there is none, remove server.pid.',
      });
    }
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
