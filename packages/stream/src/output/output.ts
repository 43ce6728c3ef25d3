import type { Stats } from 'node:fs';
import { access, chmod, chown, constants, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { SinkError } from '@fr-stream/core/errors';
import { codeOf, unwritable, writingFailed } from './failures.js';
import { claimInProcess, forgetTemporary, releaseInProcess } from './open-files.js';
import { placeOf, type Place } from './place.js';
import { ensureFolder, removeEmpty } from './private-folder.js';
import { standardError, standardOutput, type StandardStream } from './standard-stream.js';
import { contend, leftOf, makeTemporary, removeTemporary, type TemporaryFile } from './temp-file.js';

/** Says which places an output may take. */
export interface OutputRules {
  /** @throws FrStreamError when the output must not go there. */
  permit(output: Output, place: Place): Promise<void>;
  /** Told of each file that gets its name now; a rename leaves its stats as they are. */
  written(path: string, stats: Stats): Promise<void>;
  /** A reader of standard output that goes is no failure of the run. */
  readonly mayLoseReader?: boolean;
}

/** `string`: a path, or `-` for standard output. */
export type OutputTarget = string | Writable | Output;

export interface OutputOptions {
  /** What the user calls it, such as `--csv`. */
  readonly option?: string;
  readonly rules?: OutputRules;
  /** Several processes may write it, each of them the whole: the last one wins. Default false. */
  readonly shared?: boolean;
}

/** Where an open output's bytes go. */
export type OpenPlace =
  | { readonly kind: 'standard'; readonly standard: StandardStream }
  /** Written as it is; a descriptor that `Output` closes. */
  | { readonly kind: 'special'; readonly path: string; readonly handle: FileHandle }
  | { readonly kind: 'socket'; readonly socket: Socket }
  /** Grows in `temporary`; `commit` gives it its name. */
  | { readonly kind: 'file'; readonly path: string; readonly temporary: TemporaryFile };

/**
 * One output of a run; every output of every command is opened here.
 *
 * - A file grows under a name that nobody can foresee, created exclusively, in the folder of the file that it becomes,
 *   and gets its name when it is complete. Only what was made here is ever removed.
 * - FIFOs, devices and sockets are written to. A link stays a link; its target is written.
 * - While it is open no other run and no other output of this one can take its place.
 * - What is new is its owner's alone (0600, folders 0700); what is replaced keeps its access rights.
 */
export class Output implements AsyncDisposable {
  /** As the user wrote it. */
  readonly target: string;
  readonly option: string | undefined;
  readonly #options: OutputOptions;
  readonly #temporary = new Set<string>();
  #madeFolders: readonly string[] = [];
  #opening: Promise<OpenPlace> | undefined;
  #claimed: string | undefined;
  #held: string | undefined;
  #before: Stats | undefined;
  #left: readonly string[] = [];

  constructor(target: string, options: OutputOptions = {}) {
    this.target = target;
    this.option = options.option;
    this.#options = options;
  }

  get shared(): boolean {
    return this.#options.shared === true;
  }

  /** For messages. */
  get name(): string {
    return this.target === '-' ? 'stdout' : this.target;
  }

  /** True when a reader of standard output that goes is no failure of the run. */
  get mayLoseReader(): boolean {
    return this.#options.rules?.mayLoseReader === true;
  }

  /** Where it would go; nothing is opened. @throws SinkError (OUTPUT_UNWRITABLE) */
  async place(): Promise<Place> {
    try {
      return await placeOf(this.target);
    } catch (cause) {
      throw SinkError.isInstance(cause) ? cause : unwritable(this.target, cause);
    }
  }

  /**
   * Opens it, before hours of work depend on it. Calling it again does nothing.
   * @param ending of the temporary file, such as `.ts`. Default none.
   * @throws SinkError (OUTPUT_UNWRITABLE), and what the rules throw.
   */
  open(ending = ''): Promise<OpenPlace> {
    this.#opening ??= this.#open(ending);
    return this.#opening;
  }

  async #open(ending: string): Promise<OpenPlace> {
    const place = await this.place();
    await this.#options.rules?.permit(this, place);
    try {
      switch (place.kind) {
        case 'stdout':
          return { kind: 'standard', standard: standardOutput() };
        case 'stderr':
          return { kind: 'standard', standard: standardError() };
        case 'special':
          return await this.#openSpecial(place.path, place.stats);
        case 'file':
          return await this.#openFile(place.path, place.stats, ending);
      }
    } catch (cause) {
      await this.#discard();
      throw SinkError.isInstance(cause) ? cause : unwritable(this.target, cause);
    }
  }

  async #openSpecial(path: string, stats: Stats): Promise<OpenPlace> {
    if (!stats.isSocket())
      return { kind: 'special', path, handle: await open(path, stats.isFile() ? 'a' : 'w') };
    const socket = connect(path);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return { kind: 'socket', socket };
  }

  async #openFile(path: string, stats: Stats | undefined, ending: string): Promise<OpenPlace> {
    if (stats) await access(path, constants.W_OK);
    if (this.#options.shared !== true) {
      const holder = claimInProcess(path, this.target);
      if (holder !== undefined) throw conflict(this.target, 'this run writes it already');
      this.#claimed = path;
    }
    this.#madeFolders = await ensureFolder(dirname(path));
    const temporary = await makeTemporary(path, ending);
    this.#temporary.add(temporary.path);
    try {
      if (this.#options.shared === true) this.#left = await leftOf(path, temporary);
      else await this.#contend(path, stats, temporary);
    } catch (error) {
      await temporary.handle.close();
      throw error;
    }
    return { kind: 'file', path, temporary };
  }

  async #contend(path: string, seen: Stats | undefined, temporary: TemporaryFile): Promise<void> {
    const outcome = await contend(path, temporary);
    if ('holder' in outcome)
      throw conflict(this.target, `another run of fr-stream writes it (process ${outcome.holder})`);
    this.#left = outcome.left;
    this.#held = outcome.held;
    await this.#lookAgain(path, seen);
  }

  /** Whoever had the output until now may have completed it since we looked. */
  async #lookAgain(path: string, seen: Stats | undefined): Promise<void> {
    this.#before = await stat(path).catch(() => undefined);
    if (same(this.#before, seen)) return;
    const place = await this.place();
    if (place.kind !== 'file' || place.path !== path) throw conflict(this.target, 'somebody else writes it');
    await this.#options.rules?.permit(this, place);
    if (place.stats) await access(path, constants.W_OK);
    this.#before = place.stats;
  }

  /**
   * Another file for work on this output, removed with it.
   * @param ending such as `.mkv`.
   */
  async further(ending: string): Promise<string> {
    const opened = await this.open();
    if (opened.kind !== 'file') throw new SinkError('INTERNAL', `${this.target} is no file`);
    const { path, handle } = await makeTemporary(opened.path, ending);
    await handle.close();
    this.#temporary.add(path);
    return path;
  }

  /**
   * Gives the finished file its name; its handle is closed by now. Outputs that are no files are complete as they are.
   * @param from which of the temporary files it is. Default: the first.
   * @throws SinkError (OUTPUT_FAILED); the data then stay where they are.
   */
  async commit(from?: string): Promise<void> {
    const opened = await this.open();
    if (opened.kind !== 'file') return this.#discard();
    const { path, temporary } = opened;
    const part = from ?? temporary.path;
    const keep = (why: string, cause?: unknown): SinkError => {
      this.#keep(part);
      return new SinkError('OUTPUT_FAILED', `${this.target}: ${why}`, {
        hint: `The data is complete in ${part}; give it a name yourself.`,
        cause,
      });
    };
    await synced(part).catch((cause: unknown) => {
      throw writingFailed(this.target, cause);
    });
    const now = await stat(path).catch(() => undefined);
    if (!this.#options.shared && !same(now, this.#before))
      throw keep('somebody else wrote it during the run');
    try {
      if (now) await likeBefore(part, now);
      // Before, as a run that is killed in between would not know its own file again.
      await this.#options.rules?.written(path, await stat(part));
      await rename(part, path);
    } catch (cause) {
      throw keep(`the finished file could not be renamed (${codeOf(cause) ?? 'unknown cause'})`, cause);
    }
    this.#keep(part);
    this.#madeFolders = [];
    for (const file of this.#left) await removeTemporary(file).catch(() => undefined);
    await this.#discard();
  }

  #keep(part: string): void {
    this.#temporary.delete(part);
    forgetTemporary(part);
  }

  /** Removes what was made here and has no name yet. */
  async #discard(): Promise<void> {
    for (const path of this.#temporary) await removeTemporary(path).catch(() => undefined);
    this.#temporary.clear();
    if (this.#held !== undefined) await removeTemporary(this.#held).catch(() => undefined);
    this.#held = undefined;
    await removeEmpty(this.#madeFolders);
    this.#madeFolders = [];
    if (this.#claimed !== undefined) releaseInProcess(this.#claimed);
    this.#claimed = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    if (opened?.kind === 'special') await opened.handle.close().catch(() => undefined);
    if (opened?.kind === 'socket') opened.socket.destroy();
    if (opened?.kind === 'file') await opened.temporary.handle.close().catch(() => undefined);
    await this.#discard();
  }
}

/** A disk may say only now that it is full; and after a power failure the name must not lead to an empty file. */
async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Who could read the file that is replaced can read what replaces it. */
async function likeBefore(path: string, before: Stats): Promise<void> {
  await chmod(path, before.mode & 0o777);
  if (process.getuid?.() === 0 && before.uid !== 0) await chown(path, before.uid, before.gid);
}

function same(a: Stats | undefined, b: Stats | undefined): boolean {
  if (!a || !b) return a === b;
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function conflict(name: string, why: string): SinkError {
  return new SinkError('OUTPUT_UNWRITABLE', `${name}: ${why}`, {
    hint: 'Wait for it to end, or give each output a name of its own.',
  });
}
