import { link, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SinkError } from '@fr-stream/core/errors';
import { causeOf, unwritable } from './failures.js';
import { isMarkedJpeg } from './jpeg-mark.js';
import { forgetTemporary, rememberTemporary } from './open-files.js';
import { ensureFolder, PRIVATE_FILE, PRIVATE_FOLDER, removeEmpty } from './private-folder.js';
import { isAlive, newMark, readMark } from './run-mark.js';

/** Files that are not complete lie in a folder of this name and its run's mark. */
const UNFINISHED = '.unfinished-';

/** A file is there already that fr-stream did not write. */
export class OutputConflictError extends SinkError {
  static override readonly kind: string = 'OutputConflictError';
}

export interface WriteOptions {
  /**
   * Replace a file of that name only if it is a picture that fr-stream made (see `markJpeg`). Default false: for names
   * that nobody else would choose.
   */
  readonly keepOthers?: boolean;
}

/** Seals what is kept of faces beside a library that is encrypted. */
export interface CutoutSeal {
  /** @param context binds the bytes to their place, see {@link cutoutContext}. */
  seal(bytes: Uint8Array, context: string): Uint8Array;
  /** Bytes that were never sealed come back as they are. @throws FrStreamError when they cannot be opened. */
  open(bytes: Uint8Array, context: string): Uint8Array;
}

/** @param name of the file in the folder of cut-outs, as the library keeps it. */
export function cutoutContext(name: string): string {
  return `cutout:${name.replaceAll('\\', '/')}`;
}

/** A folder of results, such as cut-outs, for its owner alone. Several processes may write to it at once. */
export class OutputFolder implements AsyncDisposable {
  readonly folder: string;
  readonly #unfinished: string;
  readonly #before: readonly string[];
  readonly #seal: CutoutSeal | undefined;
  readonly #made = new Set<string>();
  #claimed: string | undefined;
  #count = 0;

  private constructor(
    folder: string,
    unfinished: string,
    before: readonly string[],
    seal: CutoutSeal | undefined,
  ) {
    this.#seal = seal;
    this.folder = folder;
    this.#unfinished = unfinished;
    this.#before = before;
  }

  /**
   * Makes the folder and clears away what killed processes left.
   * @param seal default: files are kept as they are.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  static async open(folder: string, seal?: CutoutSeal): Promise<OutputFolder> {
    try {
      const before = await ensureFolder(folder);
      const unfinished = join(folder, `${UNFINISHED}${newMark()}`);
      await mkdir(unfinished, PRIVATE_FOLDER);
      rememberTemporary(unfinished);
      await clearAway(folder);
      return new OutputFolder(folder, unfinished, before, seal);
    } catch (cause) {
      throw unwritable(folder, cause);
    }
  }

  /** Files are kept sealed. */
  get sealed(): boolean {
    return this.#seal !== undefined;
  }

  /** Whether a file of that name may be written: none is there, or one that fr-stream made. */
  async isFree(place: string): Promise<boolean> {
    const path = join(this.folder, place);
    const facts = await lstat(path).catch(() => undefined);
    return facts === undefined || (facts.isFile() && (await isMarkedJpeg(path)));
  }

  /** Writes a file that appears whole or not at all. @throws SinkError (OUTPUT_FAILED) */
  async write(place: string, bytes: Uint8Array, { keepOthers = false }: WriteOptions = {}): Promise<void> {
    const path = join(this.folder, place);
    if (keepOthers && !(await this.isFree(place))) {
      throw new OutputConflictError(
        'OUTPUT_FAILED',
        `${path}: it is there already, and is not what fr-stream wrote`,
        {
          hint: 'Choose another folder.',
        },
      );
    }
    const part = join(this.#unfinished, String(this.#count++));
    try {
      const folder = dirname(path);
      if (!this.#made.has(folder)) await ensureFolder(folder);
      this.#made.add(folder);
      const handle = await open(part, 'wx', PRIVATE_FILE);
      try {
        await handle.writeFile(this.#seal?.seal(bytes, cutoutContext(place)) ?? bytes);
      } finally {
        await handle.close();
      }
      await rename(part, path);
    } catch (cause) {
      await rm(part, { force: true }).catch(() => undefined);
      throw new SinkError('OUTPUT_FAILED', `${path} cannot be written: ${causeOf(cause)}`, {
        hint: 'Check free space and write permission; the run can be started again and goes on from here.',
        cause,
      });
    }
  }

  /**
   * Says in a small file whose folder it is, unless one says so already.
   * @param replace also then.
   * @returns what the file says.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  async claim(
    name: string,
    owner: string,
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<string> {
    const path = join(this.folder, name);
    const part = join(this.#unfinished, String(this.#count++));
    try {
      const handle = await open(part, 'wx', PRIVATE_FILE);
      try {
        await handle.writeFile(`${owner}\n`);
      } finally {
        await handle.close();
      }
      // A link appears whole, and never in the place of another; disks without links are no place for many at once.
      const there =
        !replace &&
        (await link(part, path).then(
          () => false,
          async () => (await lstat(path).catch(() => undefined)) !== undefined,
        ));
      if (there) return (await readFile(path, 'utf8')).trimEnd();
      await rename(part, path);
      this.#claimed = name;
      return owner;
    } catch (cause) {
      throw unwritable(this.folder, cause);
    } finally {
      await rm(part, { force: true });
    }
  }

  async remove(places: readonly string[]): Promise<void> {
    for (const place of places) await rm(join(this.folder, place), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#unfinished, { recursive: true, force: true });
    forgetTemporary(this.#unfinished);
    // Where nothing came to be written.
    const claimed = this.#claimed;
    if (claimed !== undefined && (await readdir(this.folder)).every((name) => name === claimed))
      await rm(join(this.folder, claimed), { force: true });
    await removeEmpty(this.#before);
  }
}

async function clearAway(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const mark = name.startsWith(UNFINISHED) ? readMark(name.slice(UNFINISHED.length)) : undefined;
    if (mark === undefined) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isDirectory() !== true || isAlive(mark, facts.mtimeMs)) continue;
    if (process.getuid === undefined || facts.uid === process.getuid())
      await rm(path, { recursive: true, force: true });
  }
}
