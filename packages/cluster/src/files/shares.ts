import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ArgumentError, SourceError } from '@fr-stream/core';

/** Where a file is, in terms that a worker on another machine understands. */
export type FileRef =
  /** The same path everywhere. */
  | { readonly path: string }
  /** Below a folder that each machine may have mounted elsewhere. */
  | { readonly share: string; readonly path: string }
  /** To be fetched over HTTP, such as a presigned address of an object store. */
  | { readonly url: string };

/** The folders that machines share, by name: `--share photos=/mnt/photos`. */
export class Shares {
  readonly #folders: ReadonlyMap<string, string>;

  constructor(folders: ReadonlyMap<string, string> = new Map()) {
    this.#folders = folders;
  }

  /** @param texts each `name=folder`. @throws ArgumentError */
  static parse(texts: readonly string[]): Shares {
    return new Shares(
      new Map(
        texts.map((text) => {
          const split = text.indexOf('=');
          const [name, folder] = [text.slice(0, split), text.slice(split + 1)];
          if (split < 1 || !/^[\w-]+$/.test(name) || folder === '') {
            throw new ArgumentError(`"${text}" names no shared folder.`, {
              hint: '--share NAME=FOLDER, with the same NAME here and on the workers.',
            });
          }
          return [name, resolve(folder)];
        }),
      ),
    );
  }

  /** @param path of a file here. */
  ref(path: string): FileRef {
    const absolute = resolve(path);
    for (const [share, folder] of this.#folders) {
      const below = relative(folder, absolute);
      if (below === '' || isAbsolute(below) || below === '..' || below.startsWith(`..${sep}`)) continue;
      return { share, path: below.split(sep).join('/') };
    }
    return { path: absolute };
  }

  /**
   * Where the file is here.
   * @throws SourceError (INPUT_NOT_FOUND) when this machine has no such share.
   */
  path(ref: Exclude<FileRef, { readonly url: string }>): string {
    if (!('share' in ref)) return ref.path;
    const folder = this.#folders.get(ref.share);
    if (folder === undefined) {
      throw new SourceError('INPUT_NOT_FOUND', `This worker has no share "${ref.share}".`, {
        hint: `Start it with --share ${ref.share}=FOLDER.`,
      });
    }
    const path = resolve(join(folder, ref.path));
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw new SourceError('INPUT_NOT_FOUND', `${ref.path} lies outside the share "${ref.share}".`);
    }
    return path;
  }
}
