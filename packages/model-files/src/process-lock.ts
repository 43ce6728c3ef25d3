import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';
import lockfile from 'proper-lockfile';

function isHeldElsewhere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

/**
 * Runs `action` while no other process on this machine runs one under the same lock. A lock whose process died is
 * taken over after ten seconds.
 *
 * @param path of the lock; its folder is made.
 */
export async function withProcessLock<T>(
  path: string,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await makeFolder(dirname(path));
  for (;;) {
    signal?.throwIfAborted();
    try {
      const release = await lockfile.lock(path, {
        lockfilePath: path,
        realpath: false,
        stale: 10_000,
        update: 2_000,
        // Losing the lock costs a second download, never a wrong file: files are checked, then renamed.
        onCompromised: () => undefined,
      });
      try {
        return await action();
      } finally {
        await release().catch(() => undefined);
      }
    } catch (error) {
      if (!isHeldElsewhere(error)) throw error;
      await sleep(100, undefined, { signal });
    }
  }
}
