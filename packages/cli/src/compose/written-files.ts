import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { appendFile, readFile, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '@fr-stream/backend-node';
import { userDataFolder } from '@fr-stream/backend-node';
import type { WrittenFiles } from '@fr-stream/stream';

/** About 10,000 outputs. */
const MOST_BYTES = 2 ** 20;

/** One line per file: what its path and its present state come to. Tells nothing to who does not know the path. */
function lineOf(path: string, { dev, ino, size, mtimeMs }: Stats): string {
  return createHash('sha256')
    .update(JSON.stringify([path, dev, ino, size, mtimeMs]))
    .digest('base64url');
}

/**
 * Remembers the outputs of earlier runs, in the user's data folder, so that a second run may replace them: files that
 * are as they were written then. Where nothing can be remembered nothing is ours.
 */
export class WrittenFilesLog implements WrittenFiles {
  readonly #file: string;

  constructor(file = join(userDataFolder(), 'written-files')) {
    this.#file = file;
  }

  async isOurs(path: string, stats: Stats): Promise<boolean> {
    const known = await readFile(this.#file, 'utf8').catch(() => '');
    return known.split('\n').includes(lineOf(path, stats));
  }

  async add(path: string, facts: Stats): Promise<void> {
    try {
      const line = lineOf(path, facts);
      await makeFolder(dirname(this.#file), 0o700);
      const size = await stat(this.#file).then(
        ({ size: bytes }) => bytes,
        () => 0,
      );
      // What is forgotten by this asks for --overwrite once.
      if (size > MOST_BYTES) await truncate(this.#file);
      await appendFile(this.#file, `${line}\n`, { mode: 0o600 });
    } catch {
      // The output itself is complete.
    }
  }
}
