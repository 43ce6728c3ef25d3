import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SinkError, messageOf } from '@fr-stream/core';

/** Files that are not complete lie here, in a folder per process, so that those of a killed one are told apart. */
const UNFINISHED = '.unfinished';

/** A folder of results, such as cut-outs. Several processes may write to it at once. */
export class OutputFolder implements AsyncDisposable {
  readonly folder: string;
  readonly #unfinished: string;
  readonly #made = new Set<string>();
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.#unfinished = join(folder, UNFINISHED, String(process.pid));
  }

  /** Makes the folder and clears away what killed processes left. @throws SinkError (OUTPUT_UNWRITABLE) */
  static async open(folder: string): Promise<OutputFolder> {
    const files = new OutputFolder(folder);
    try {
      await mkdir(files.#unfinished, { recursive: true });
      for (const name of await readdir(join(folder, UNFINISHED))) {
        if (!isAlive(Number(name)))
          await rm(join(folder, UNFINISHED, name), { recursive: true, force: true });
      }
    } catch (cause) {
      throw new SinkError('OUTPUT_UNWRITABLE', `${folder} cannot be written: ${messageOf(cause)}`, {
        hint: 'Choose another folder, or change the access rights.',
        cause,
      });
    }
    return files;
  }

  /** Writes a file that appears whole or not at all. @throws SinkError (OUTPUT_FAILED) */
  async write(place: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.folder, place);
    const part = join(this.#unfinished, String(this.#count++));
    try {
      const folder = dirname(path);
      if (!this.#made.has(folder)) await mkdir(folder, { recursive: true });
      this.#made.add(folder);
      await writeFile(part, bytes);
      await rename(part, path);
    } catch (cause) {
      await rm(part, { force: true }).catch(() => undefined);
      throw new SinkError('OUTPUT_FAILED', `${path} cannot be written: ${messageOf(cause)}`, {
        hint: 'Check free space and write permission; the run can be started again and goes on from here.',
        cause,
      });
    }
  }

  /** Where another file of this folder can grow until it is complete. */
  partOf(place: string): string {
    return join(this.#unfinished, place);
  }

  async remove(places: readonly string[]): Promise<void> {
    for (const place of places) await rm(join(this.folder, place), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#unfinished, { recursive: true, force: true });
    // Where no other process is at work.
    await rmdir(dirname(this.#unfinished)).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
