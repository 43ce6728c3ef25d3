import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetTemporary, rememberTemporary } from './open-files.js';
import { PRIVATE_FOLDER } from './private-folder.js';
import { isAlive, newMark, readMark } from './run-mark.js';

const START = '.fr-stream-';

/**
 * A folder for a command's own work, for us alone, under a name that nobody can foresee. It goes with all that is in it
 * when it is disposed or the process ends; what killed runs left is cleared away by the next one. So nothing of the
 * user's is ever moved into it.
 */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param parent is there already. @throws NodeJS.ErrnoException */
  static async make(parent: string): Promise<TemporaryFolder> {
    const path = join(parent, `${START}${newMark()}`);
    await mkdir(path, PRIVATE_FOLDER);
    rememberTemporary(path);
    await clearAway(parent);
    return new TemporaryFolder(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    forgetTemporary(this.path);
  }
}

async function clearAway(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const mark = name.startsWith(START) ? readMark(name.slice(START.length)) : undefined;
    if (mark === undefined) continue;
    const path = join(parent, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isDirectory() !== true || isAlive(mark, facts.mtimeMs)) continue;
    if (process.getuid === undefined || facts.uid === process.getuid())
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
