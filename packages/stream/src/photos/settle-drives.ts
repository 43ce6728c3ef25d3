import { dirname, sep } from 'node:path';
import type { PhotoLibrary, VideoLibrary } from '@fr-stream/core';
import { awayFile, awayFolder, isOnDrive } from './away.js';
import { driveId } from './drive-id.js';
import { isMounted, keepMounts, knownMounts, mountsOf, whereabouts, type Mount } from './whereabouts.js';

/** What is needed of a library to change paths in it. */
export interface DrivenLibrary {
  readonly photos: Pick<PhotoLibrary, 'note' | 'setNote' | 'photos'>;
  readonly videos: Pick<VideoLibrary, 'videos'> & Required<Pick<VideoLibrary, 'movePaths'>>;
}

/**
 * Where another drive is mounted in a folder than the one whose files the library has there: these are kept in mind as
 * being away, and those of the drive that is there now get their paths back. To be called before paths are used.
 * @returns how many files changed their path.
 */
export async function settleDrives(library: DrivenLibrary): Promise<number> {
  const mounts = await knownMounts(library.photos);
  const changed = new Map<string, Mount & { readonly current: string; readonly before: string }>();
  for (const mount of mounts) {
    const { folder, current } = mount;
    if (current === undefined || !(await isMounted(folder))) continue;
    const now = await driveId(folder);
    if (now === undefined || now === current) continue;
    changed.set(folder, { ...mount, current: now, before: current });
  }
  if (changed.size === 0) return 0;
  const paths = await allPaths(library);
  const folders = new Set(mounts.map(({ folder }) => folder));
  const moves: (readonly [from: string, to: string])[] = [];
  for (const { folder, before, current } of changed.values()) {
    const [old, own] = [awayFolder(folder, before) + sep, awayFolder(folder, current) + sep];
    // Of the drive that is there nothing is away, unless a run was killed when it had changed the paths.
    if (paths.some((path) => path.startsWith(old))) continue;
    for (const path of paths) {
      if (path.startsWith(own)) moves.push([path, folder + sep + path.slice(own.length)]);
      else if (mountOf(path, folders) === folder && awayFile(path) === undefined)
        moves.push([path, old + path.slice(folder.length + sep.length)]);
    }
  }
  await library.videos.movePaths(moves);
  await keepMounts(
    library.photos,
    mounts.map((mount) => {
      const { current } = changed.get(mount.folder) ?? {};
      if (current === undefined) return mount;
      return { ...mount, current, drives: [...new Set([...mount.drives, current])].sort() };
    }),
  );
  return moves.length;
}

async function allPaths({ photos, videos }: DrivenLibrary): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of photos.photos()) paths.push(path);
  for await (const { path } of videos.videos()) paths.push(path);
  return paths;
}

/** The innermost of the folders that a path lies in: drives may be mounted on drives. */
function mountOf(path: string, folders: ReadonlySet<string>): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (folders.has(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Whether equal bytes that are found at `to` are the file that lay at `from`. What lies on a drive that is away is still
 * there: a copy is a copy, unless it is that drive which is mounted elsewhere now.
 */
export async function hasMoved(from: string, to: string, mounts: readonly Mount[]): Promise<boolean> {
  const away = awayFile(from);
  if (away === undefined) return (await whereabouts(from, mounts)) !== 'there';
  const folder = (await mountsOf([to])).filter((mount) => to.startsWith(mount + sep)).at(-1);
  return folder !== undefined && isOnDrive(away, await driveId(folder));
}
