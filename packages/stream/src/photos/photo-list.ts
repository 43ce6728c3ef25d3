import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SourceError, messageOf, type MediaFile } from '@fr-stream/core';
import { glob } from 'tinyglobby';
import { archiveMembers } from './archive.js';
import {
  absolutePhotoPath,
  byCodePoint,
  isArchiveName,
  isPhotoName,
  pathInArchive,
  PHOTO_EXTENSIONS,
} from './photo-names.js';
import { describePassedOver, PassedOverCounter, type PassedOver } from './passed-over.js';
import { walkFolder } from './walk-folder.js';

export interface PhotoError {
  readonly path: string;
  readonly error: SourceError;
}

/** A photo on the disk or in an archive. */
export interface PhotoEntry {
  /** Of the file, absolute or as it was named; in an archive `archive.zip!/name`. */
  readonly path: string;
  /** Facts that tell whether it has changed; a photo in an archive has its archive's time. @throws SourceError */
  facts(): Promise<MediaFile>;
  /** The encoded photo. @throws SourceError */
  read(): Promise<Uint8Array>;
}

export interface PhotoListOptions {
  /** Lower-case, with the dot. Files that are named singly are taken whatever their extension. */
  readonly extensions?: readonly string[];
  /** A named input that does not exist is a problem like others rather than an error: for long lists. */
  readonly lenient?: boolean;
}

/** The photos that inputs lead to. */
export interface PhotoList {
  /** All photos, in the order in which {@link entries} gives them. */
  readonly paths: readonly string[];
  /** Folders, links and archives that could not be read. */
  readonly problems: readonly PhotoError[];
  /** What lies in the folders and archives besides, by kind: nothing is passed over without a word. */
  readonly passedOver: readonly PassedOver[];
  /** The folders and archives among the inputs, absolute: all that they hold is in `paths`. */
  readonly complete: readonly string[];
  /** The files that hold them, links followed: what no output may write over. */
  readonly files: ReadonlySet<string>;
  /**
   * The photos, one after the other. Those in archives are read as they pass, because a tar cannot be read out of
   * order; those that nobody needs are passed over.
   */
  entries(needed?: (file: MediaFile) => boolean | Promise<boolean>): AsyncGenerator<PhotoEntry>;
}

/** Ends loops of links that a pattern leads into. */
const MOST_DEPTH = 40;

interface Found {
  readonly path: string;
  /** Names of the photos in it, in its order; undefined for a photo. */
  readonly members?: readonly { readonly name: string; readonly path: string }[];
}

/**
 * Lists the photos of folders (with all that is below them), archives, files and glob patterns, in the order of their
 * paths by code point; photos in an archive in its own order. Two ways to one file count once, under the name that
 * sorts first. Archives that lie in a folder are not looked into: they must be named.
 * @throws SourceError (INPUT_NOT_FOUND | INPUT_UNREADABLE | INPUT_UNSUPPORTED) when an input that was named does not
 * exist or no photo is found.
 */
export async function listPhotos(
  inputs: readonly string[],
  { extensions = PHOTO_EXTENSIONS, lenient = false }: PhotoListOptions = {},
): Promise<PhotoList> {
  const problems: PhotoError[] = [];
  const others = new PassedOverCounter();
  const onOther = (path: string): void => others.add(path);
  const complete: string[] = [];
  const found = new Map<string, Found>();
  const add = async (item: Found): Promise<void> => {
    const real = await realpath(item.path).catch(() => item.path);
    const known = found.get(real);
    if (known === undefined || item.path < known.path) found.set(real, item);
  };
  const onProblem = (path: string, error: SourceError): void => void problems.push({ path, error });
  const expand = async (input: string): Promise<void> => {
    const facts = await stat(input).catch((error: unknown) => notThere(input, error));
    if (facts?.isFile() === true) {
      await add(
        isArchiveName(input) ? await listArchive(input, extensions, onProblem, onOther) : { path: input },
      );
      if (isArchiveName(input)) complete.push(resolve(input));
    } else if (facts?.isDirectory() === true) {
      complete.push(resolve(input));
      for await (const path of walkFolder(resolve(input), onProblem, onOther)) {
        if (isPhotoName(path, extensions)) await add({ path });
        else onOther(path);
      }
    } else if (facts !== undefined) {
      throw new SourceError('INPUT_UNSUPPORTED', `${input}: it is neither a file nor a folder`, {
        hint: 'Name photos, folders, archives, or a pattern such as "photos/**/*.jpg".',
      });
    } else {
      for (const path of await glob(input, { onlyFiles: true, expandDirectories: false, deep: MOST_DEPTH })) {
        if (isPhotoName(path, extensions)) await add({ path });
        else if (isArchiveName(path)) await add(await listArchive(path, extensions, onProblem, onOther));
        else onOther(path);
      }
    }
  };
  for (const input of inputs) {
    try {
      await expand(input);
    } catch (error) {
      if (!lenient || !SourceError.isInstance(error)) throw error;
      problems.push({ path: input, error });
    }
  }
  const items = [...found.values()].sort((a, b) => byCodePoint(a.path, b.path));
  const paths = items.flatMap(({ path, members }) => members?.map((member) => member.path) ?? [path]);
  if (paths.length === 0) throw nothingFound(inputs, problems, extensions, others.list());
  return {
    paths,
    problems,
    passedOver: others.list(),
    complete,
    files: new Set(found.keys()),
    entries: (needed) => entriesOf(items, extensions, needed),
  };
}

function notThere(input: string, error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code;
  // A pattern: nothing has that name, but the name says what to look for.
  if ((code === 'ENOENT' || code === 'ENOTDIR') && /[*?[\]{}]/.test(input)) return undefined;
  throw fileError(input, error);
}

function nothingFound(
  inputs: readonly string[],
  problems: readonly PhotoError[],
  extensions: readonly string[],
  others: readonly PassedOver[],
): SourceError {
  const [first] = problems;
  if (first !== undefined) return first.error;
  const shown = inputs.slice(0, 3).join(', ') + (inputs.length > 3 ? ', ...' : '');
  return new SourceError(
    'INPUT_NOT_FOUND',
    `${shown}: no photos there${others.length === 0 ? '' : `, only ${describePassedOver(others)}`}`,
    {
      hint: `Photos end in ${extensions.join(' ')}; name a file itself to read it whatever it is called.`,
    },
  );
}

async function listArchive(
  path: string,
  extensions: readonly string[],
  onProblem: (path: string, error: SourceError) => void,
  onOther: (path: string) => void,
): Promise<Found> {
  const members: { name: string; path: string }[] = [];
  try {
    for await (const { name } of archiveMembers(path)) {
      if (isPhotoName(name, extensions)) members.push({ name, path: pathInArchive(path, name) });
      else onOther(pathInArchive(path, name));
    }
  } catch (error) {
    if (!SourceError.isInstance(error)) throw error;
    onProblem(path, error);
  }
  return { path, members };
}

async function* entriesOf(
  items: readonly Found[],
  extensions: readonly string[],
  needed: ((file: MediaFile) => boolean | Promise<boolean>) | undefined,
): AsyncGenerator<PhotoEntry> {
  for (const { path, members } of items) {
    if (members === undefined) yield fileEntry(path);
    else yield* archiveEntries(path, members.length, extensions, needed);
  }
}

function fileEntry(path: string): PhotoEntry {
  return {
    path,
    facts: async () => {
      const facts = await stat(path).catch((error: unknown) => {
        throw fileError(path, error);
      });
      return { path: resolve(path), sizeBytes: facts.size, modifiedMs: facts.mtimeMs };
    },
    read: () =>
      readFile(path).catch((error: unknown) => {
        throw fileError(path, error);
      }),
  };
}

async function* archiveEntries(
  archive: string,
  count: number,
  extensions: readonly string[],
  needed: ((file: MediaFile) => boolean | Promise<boolean>) | undefined,
): AsyncGenerator<PhotoEntry> {
  const modifiedMs = (await stat(archive).catch(() => undefined))?.mtimeMs ?? 0;
  let given = 0;
  try {
    for await (const { name, size, bytes } of archiveMembers(archive)) {
      if (!isPhotoName(name, extensions) || given === count) continue;
      given++;
      const path = pathInArchive(archive, name);
      const file = { path: absolutePhotoPath(path), sizeBytes: size, modifiedMs };
      // Read before it is handed out: those who ask for the next one meanwhile would carry the archive past it.
      const read = (await needed?.(file)) === false ? bytes : await settled(bytes());
      yield { path, facts: () => Promise.resolve(file), read };
    }
  } catch (error) {
    // The listing has told of it already, unless the archive has changed since.
    if (!SourceError.isInstance(error)) throw error;
  }
}

/** Keeps what a promise came to, so that an error is thrown where the value is asked for. */
async function settled<T>(promise: Promise<T>): Promise<() => Promise<T>> {
  const [result] = await Promise.allSettled([promise]);
  return result.status === 'fulfilled'
    ? () => Promise.resolve(result.value)
    : () => Promise.reject(result.reason as Error);
}

function fileError(path: string, cause: unknown): SourceError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SourceError('INPUT_NOT_FOUND', `${path}: it does not exist`, {
        hint: 'Check the spelling and the folder.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new SourceError('INPUT_UNREADABLE', `${path} may not be read: permission denied`, {
        hint: 'Give yourself read permission on it.',
        cause,
      });
    case 'ELOOP':
      return new SourceError('INPUT_UNREADABLE', `${path} is a link that leads back to itself`, {
        hint: 'Remove or repair the link.',
        cause,
      });
    default:
      return new SourceError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
        hint: 'Check the file and the disk or share that it lies on.',
        cause,
      });
  }
}
