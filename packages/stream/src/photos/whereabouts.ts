import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import type { LibraryBase } from '@fr-stream/core';
import { awayFile } from './away.js';
import { driveId } from './drive-id.js';
import { mapAhead } from './map-ahead.js';
import { isAddress } from './photo-names.js';

/** Where a file of before is now. */
export type Whereabouts = 'there' | 'gone' | 'unreachable';

/** A folder in which drives were mounted when files on them were searched. */
export interface Mount {
  readonly folder: string;
  /** Which drives, where the system told: see `driveId`. */
  readonly drives: readonly string[];
  /**
   * The drive whose files have their paths in the folder; those of others are away: see `settleDrives`. Undefined where
   * that is not known, as files of several drives were searched there.
   */
  readonly current?: string;
}

/**
 * Whether a file is gone, or only cannot be reached: the place where a drive is mounted is an empty folder, or none, while
 * the drive is away, and nothing that lies on it is to be lost.
 * @param mounts those that the library remembers: {@link knownMounts}.
 */
export async function whereabouts(path: string, mounts: readonly Mount[] = []): Promise<Whereabouts> {
  // In a bucket, which is asked when its photos are named.
  if (isAddress(path) || awayFile(path) !== undefined) return 'unreachable';
  const here = await exists(path);
  if (here !== false) return here === true ? 'there' : 'unreachable';
  for (const mount of mounts)
    if (path.startsWith(mount.folder + sep) && (await driveState(mount)) !== 'its own') return 'unreachable';
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await exists(folder);
    if (found === undefined) return 'unreachable';
    if (found) {
      if (mayHoldDrives(folder, path)) return 'unreachable';
      const names = await readdir(folder).catch(() => []);
      return names.length === 0 ? 'unreachable' : 'gone';
    }
    if (dirname(folder) === folder) return 'unreachable';
  }
}

/** A file of before that is not where it was. */
export interface MissingFile {
  readonly path: string;
  readonly state: Exclude<Whereabouts, 'there'>;
}

/** Folders that are read, and files that are asked for, at once: a slow disk is waited for once. */
const AT_ONCE = 32;

/**
 * Which of many files are not there: each folder is read once, and only what it does not show is asked for by itself.
 * @param paths absolute; each once. @param mounts see {@link whereabouts}.
 */
export async function missingFiles(
  paths: Iterable<string>,
  mounts: readonly Mount[] = [],
): Promise<readonly MissingFile[]> {
  const byFolder = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path);
    const others = byFolder.get(folder);
    if (others === undefined) byFolder.set(folder, [path]);
    else others.push(path);
  }
  const unseen: string[] = [];
  for await (const some of mapAhead(byFolder, AT_ONCE, notListed)) unseen.push(...some);
  const missing: MissingFile[] = [];
  const ask = async (path: string) => ({ path, state: await whereabouts(path, mounts) });
  for await (const { path, state } of mapAhead(unseen, AT_ONCE, ask))
    if (state !== 'there') missing.push({ path, state });
  return missing;
}

/** Those that a folder does not list. Links lead elsewhere, and another spelling may be the same file. */
async function notListed([folder, paths]: readonly [string, readonly string[]]): Promise<readonly string[]> {
  // Nothing that is asked for singly costs less than reading a folder of thousands.
  if (paths.length < 4 || isAddress(folder)) return paths;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const there = new Set(entries.filter((entry) => !entry.isSymbolicLink()).map(({ name }) => name));
  return paths.filter((path) => !there.has(basename(path)));
}

/** What is mounted in a folder now. `another`: something else is, or may be, than what a file lay on. */
export type DriveState = 'its own' | 'none' | 'another';

/** Where several drives were mounted in one folder, a file that is missing may lie on one that is away. */
async function driveState(mount: Mount): Promise<DriveState> {
  if (!(await isMounted(mount.folder))) return 'none';
  const now = await lately(mount);
  if (now === undefined || mount.drives.length === 0) return 'its own';
  if (mount.current !== undefined) return mount.current === now ? 'its own' : 'another';
  return mount.drives.every((drive) => drive === now) ? 'its own' : 'another';
}

/** Nobody changes drives faster, and thousands of missing files ask about the same few. */
const FRESH_MS = 1000;
const asked = new WeakMap<Mount, { readonly id: Promise<string | undefined>; readonly at: number }>();

/** {@link driveId}, which starts programs, once a second at most. */
function lately(mount: Mount): Promise<string | undefined> {
  const at = performance.now();
  const known = asked.get(mount);
  if (known !== undefined && at - known.at < FRESH_MS) return known.id;
  const id = driveId(mount.folder);
  asked.set(mount, { id, at });
  return id;
}

/** Where systems make a folder for each drive that is there, and remove it with the drive. */
const MOUNTS = /^\/(?:mnt|Volumes|media(?:\/[^/]+)?|run\/media(?:\/[^/]+)?)$/;

/** Whether what is missing may be a drive in the folder, rather than a file. @param folder that is there. */
export function mayHoldDrives(folder: string, path: string): boolean {
  return MOUNTS.test(folder) && dirname(path) !== folder;
}

/** Whether a folder is where another file system begins. */
export async function isMounted(folder: string): Promise<boolean> {
  const [here, above] = await Promise.all([deviceOf(folder), deviceOf(dirname(folder))]);
  return here !== undefined && above !== undefined && here !== above;
}

const deviceOf = async (folder: string): Promise<number | undefined> =>
  (await stat(folder).catch(() => undefined))?.dev;

/**
 * Where drives are mounted that files lie on, but for that of the root: a stray file in such a folder hides nothing of
 * the drive when it is away.
 * @param paths absolute.
 */
export async function mountsOf(paths: Iterable<string>): Promise<readonly string[]> {
  const devices = new Map<string, number | undefined>();
  const mounts = new Set<string>();
  const device = async (folder: string): Promise<number | undefined> => {
    if (!devices.has(folder)) devices.set(folder, await deviceOf(folder));
    return devices.get(folder);
  };
  const seen = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder);
      const above = dirname(folder);
      if (above === folder) break;
      const [here, there] = [await device(folder), await device(above)];
      if (here !== undefined && there !== undefined && here !== there) mounts.add(folder);
    }
  }
  return [...mounts].sort();
}

const NOTE = 'mounts';

/** Where drives were mounted that files of a library lie on. */
export async function knownMounts(library: Pick<LibraryBase, 'note'>): Promise<readonly Mount[]> {
  // Written below and by nobody else; earlier versions noted folders alone.
  const kept = JSON.parse((await library.note(NOTE)) ?? '[]') as (string | Mount)[];
  return kept.map((one) => (typeof one === 'string' ? { folder: one, drives: [] } : one));
}

/** {@link knownMounts}, with those that files lie on which are searched now; the library remembers them. */
export async function noteMounts(
  library: Pick<LibraryBase, 'note' | 'setNote'>,
  paths: Iterable<string>,
): Promise<readonly Mount[]> {
  const known = new Map((await knownMounts(library)).map((mount) => [mount.folder, mount]));
  let changed = false;
  for (const folder of await mountsOf(paths)) {
    const before = known.get(folder);
    const drive = await driveId(folder);
    const drives = [...new Set([...(before?.drives ?? []), ...(drive === undefined ? [] : [drive])])].sort();
    // With a second drive its files lie among those of the first, unless `settleDrives` has kept them apart.
    const own = drives.length === 1 || before?.current === drive;
    const mount = { folder, drives, ...(own && drive !== undefined && { current: drive }) };
    if (drive === undefined ? before !== undefined : isSame(before, mount)) continue;
    changed = true;
    known.set(folder, mount);
  }
  const all = [...known.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
  if (changed) await keepMounts(library, all);
  return all;
}

const isSame = (before: Mount | undefined, now: Mount): boolean =>
  before?.current === now.current && before?.drives.join('\n') === now.drives.join('\n');

/** What {@link knownMounts} will be. */
export async function keepMounts(
  library: Pick<LibraryBase, 'setNote'>,
  mounts: readonly Mount[],
): Promise<void> {
  await library.setNote(NOTE, JSON.stringify(mounts));
}

/** Folders of which files are missing because another drive is mounted there than that which they lay on. */
export async function mountsOfOthers(mounts: readonly Mount[]): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const mount of mounts) if ((await driveState(mount)) === 'another') folders.push(mount.folder);
  return folders;
}

/** Undefined where that cannot be known. */
async function exists(path: string): Promise<boolean | undefined> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? false : undefined,
  );
}
