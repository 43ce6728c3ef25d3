import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { ArgumentError, SinkError } from '@fr-stream/core/errors';
import { Output, type OutputOptions, type OutputRules } from './output.js';
import { realFolder, type Place } from './place.js';

/** Remembers what was written, so that it can be told from files that are somebody else's. */
export interface WrittenFiles {
  /** Whether the file is as it was written. @param path absolute, links followed. */
  isOurs(path: string, stats: Stats): Promise<boolean>;
  /** @param stats of the file, which is about to get this path. */
  add(path: string, stats: Stats): Promise<void>;
}

export interface OutputSetOptions {
  /**
   * Which files may be replaced: `any`, or `ours` for those that were written here and that nobody has changed since.
   * Default `any`.
   */
  readonly replace?: 'any' | 'ours';
  readonly written?: WrittenFiles;
  /** What to do about a file that may not be replaced. */
  readonly replaceHint?: string;
  /** A reader of standard output that goes, as `head` does, is no failure of the run. Default false. */
  readonly mayLoseReader?: boolean;
}

/** Files by their real paths, in a set or by asking. */
type Files = { has(realPath: string): boolean; values?(): Iterable<string> };

/**
 * The outputs of one run, and what they must not write over: the run's inputs, its gallery, and each other. Files that
 * are there already are replaced as `replace` says.
 */
export class OutputSet implements OutputRules {
  readonly mayLoseReader: boolean;
  readonly #options: OutputSetOptions;
  readonly #outputs: Output[] = [];
  readonly #files: { readonly what: string; readonly path: string }[] = [];
  readonly #many: { readonly what: string; readonly files: Files }[] = [];
  readonly #asked: { readonly what: string; readonly has: (path: string) => Promise<boolean> }[] = [];
  readonly #folders: { readonly what: string; readonly folder: string }[] = [];

  constructor(options: OutputSetOptions = {}) {
    this.#options = options;
    this.mayLoseReader = options.mayLoseReader ?? false;
  }

  /** @param what it is, such as `the input`; `-` and undefined are left out. */
  keep(what: string, ...paths: readonly (string | undefined)[]): void {
    for (const path of paths) if (path !== undefined && path !== '-') this.#files.push({ what, path });
  }

  /** @param files by real path. */
  keepMany(what: string, files: Files): void {
    this.#many.push({ what, files });
  }

  /** Files of which only others know. @param has is asked for each file that is there, by its name and its real path. */
  keepAsked(what: string, has: (path: string) => Promise<boolean>): void {
    this.#asked.push({ what, has });
  }

  /** All that lies in a folder, now or later. */
  keepFolder(what: string, folder: string): void {
    this.#folders.push({ what, folder });
  }

  /** An output, not opened yet. @param option as the user calls it. */
  output(option: string, target: string, options: Pick<OutputOptions, 'shared'> = {}): Output {
    const output = new Output(target, { ...options, option, rules: this });
    this.#outputs.push(output);
    return output;
  }

  /** The outputs that are files of their own, as the user named them. */
  files(): readonly string[] {
    return this.#outputs.map(({ target }) => target).filter((target) => target !== '-');
  }

  /**
   * Says before the work starts whether all outputs may go where they are to go.
   * @throws ArgumentError, SinkError (OUTPUT_UNWRITABLE)
   */
  async check(): Promise<void> {
    const owners = new Map<string, Output>();
    for (const output of this.#outputs) {
      const place = await output.place();
      await this.permit(output, place);
      // Any number may go to a terminal or to /dev/null.
      if (place.kind === 'special' && place.stats.isCharacterDevice()) continue;
      const key = 'path' in place ? place.path : place.kind;
      const owner = owners.get(key);
      if (owner !== undefined) throw over(output, `what ${owner.option ?? owner.name} writes`);
      owners.set(key, output);
    }
  }

  /**
   * An order in which all runs take their outputs: of runs that want the same ones, named in whatever order, the one that
   * gets the first gets them all. Otherwise each of two runs could take one and both give up over the other.
   * @returns the items by the real paths of their files; then, as they came, those whose output nobody can take away.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  async inOneOrder<T extends { readonly output?: Output | undefined }>(
    items: readonly T[],
  ): Promise<readonly T[]> {
    const files: { readonly item: T; readonly path: string }[] = [];
    const others: T[] = [];
    for (const item of items) {
      const place = await item.output?.place();
      if (place?.kind === 'file') files.push({ item, path: place.path });
      else others.push(item);
    }
    // By code units: what comes first among words depends on the user's language.
    files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    return [...files.map(({ item }) => item), ...others];
  }

  async permit(output: Output, place: Place): Promise<void> {
    if (place.kind === 'stdout' || place.kind === 'stderr') return;
    const { path, stats } = place;
    for (const { what, path: kept } of this.#files) {
      if (path === (await realFile(kept)) || (await isSame(stats, kept))) throw over(output, what);
    }
    for (const { what, files } of this.#many) {
      if (files.has(path)) throw over(output, what);
      // It may have other names.
      if (!stats || stats.nlink < 2) continue;
      for (const kept of files.values?.() ?? []) if (await isSame(stats, kept)) throw over(output, what);
    }
    for (const { what, has } of stats?.isFile() === true ? this.#asked : []) {
      for (const one of new Set([path, resolve(output.target)])) if (await has(one)) throw over(output, what);
    }
    for (const { what, folder } of this.#folders) {
      if (path.startsWith((await realFile(folder)) + sep)) throw over(output, what);
    }
    if (place.kind === 'file' && !output.shared) await this.#permitReplacing(output.target, path, stats);
  }

  async #permitReplacing(name: string, path: string, stats: Stats | undefined): Promise<void> {
    const { replace = 'any', written, replaceHint = 'Name another file.' } = this.#options;
    if (replace === 'any' || !stats || stats.size === 0) return;
    if ((await written?.isOurs(path, stats)) === true) return;
    throw new SinkError(
      'OUTPUT_UNWRITABLE',
      `${name}: it is there already, and is not what fr-stream wrote`,
      {
        hint: replaceHint,
      },
    );
  }

  async written(path: string, stats: Stats): Promise<void> {
    await this.#options.written?.add(path, stats);
  }
}

function over(output: Output, what: string): ArgumentError {
  const by = output.option === undefined || output.option === '' ? '' : `${output.option} `;

  return new ArgumentError(`${output.name}: ${by === '' ? 'it ' : by}would write over ${what}.`, {
    hint: 'Give each output a name of its own.',
  });
}

/** The file that a path stands for, links followed as far as it exists. */
async function realFile(path: string): Promise<string> {
  const whole = resolve(path);
  return realpath(whole).catch(async () => join(await realFolder(dirname(whole)), basename(whole)));
}

async function isSame(stats: Stats | undefined, path: string): Promise<boolean> {
  if (!stats) return false;
  const other = await stat(path).catch(() => undefined);
  return other?.dev === stats.dev && other.ino === stats.ino;
}
