import { resolve, sep } from 'node:path';
import { join } from 'node:path';
import { collected, ArgumentError } from '@fr-stream/core';
import { knownMounts, missingFiles, splitArchivePath, whereabouts } from '@fr-stream/stream';
import { rm } from 'node:fs/promises';
import { facesFolder } from '../compose/faces-folder.js';
import { openLibrary, type OpenLibrary } from '../compose/open-library.js';
import { forgetInIndex } from '../compose/set-index.js';
import { othersMounted, whyAway } from './library-show.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface MoveOptions {
  readonly gallery?: string;
  readonly dryRun?: boolean;
  readonly unreachable?: boolean;
  readonly json?: boolean;
}

async function allPaths({ photos, videos }: OpenLibrary): Promise<readonly string[]> {
  return [
    ...(await collected(photos.photos())).map(({ path }) => path),
    ...(await collected(videos.videos())).map(({ path }) => path),
  ];
}

/** `fr-stream library relocate`: an archive lies elsewhere now; nothing is searched again. */
export async function relocateCommand(from: string, to: string, options: MoveOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const [old, now] = [resolve(from), resolve(to)];
  const inside = (path: string): boolean =>
    path === old || [sep, '!/'].some((between) => path.startsWith(old.replace(/[/\\]$/, '') + between));
  const moves = (await allPaths(library))
    .filter(inside)
    .map((path) => [path, now.replace(/[/\\]$/, '') + path.slice(old.replace(/[/\\]$/, '').length)] as const);
  if (moves.length === 0) {
    throw new ArgumentError(`${old}: the library holds nothing there.`, {
      hint: 'See: fr-stream library list',
    });
  }
  let missing = 0;
  for (const [, path] of moves)
    if ((await whereabouts(splitArchivePath(path)?.archive ?? path)) !== 'there') missing++;
  if (missing === moves.length) {
    throw new ArgumentError(`${now}: none of the ${counted(moves.length, 'file')} of ${old} is there.`, {
      hint: 'Name the folder that holds now what the old one held.',
    });
  }
  if (options.dryRun !== true) await library.videos.movePaths(moves);
  if (options.json === true) printJson({ schema: 'fr-stream/relocate@1', moved: moves.length, missing });
  else {
    say(`${counted(moves.length, 'file')} of ${old} ${moves.length === 1 ? 'is' : 'are'} in ${now}`);
    if (missing > 0) say(`${counted(missing, 'file')} of them cannot be found there`);
  }
  return EXIT.ok;
}

/** `fr-stream library prune`: forgets photos and videos that are gone, with faces that nothing else shows. */
export async function pruneCommand(options: MoveOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { photos, videos } = library;
  const gone: string[] = [];
  let unreachable = 0;
  const mounts = await knownMounts(photos);
  const paths = await allPaths(library);
  const fileOf = (path: string): string => splitArchivePath(path)?.archive ?? path;
  const missing = new Map(
    (await missingFiles(new Set(paths.map(fileOf)), mounts)).map(({ path, state }) => [path, state]),
  );
  for (const path of paths) {
    const state = missing.get(fileOf(path));
    if (state === 'gone' || (state === 'unreachable' && options.unreachable === true)) gone.push(path);
    else if (state === 'unreachable') unreachable++;
  }
  if (options.dryRun === true) {
    print(...gone.map(shownPath));
    say(`${counted(gone.length, 'file')} would be forgotten`);
    return EXIT.ok;
  }
  const folder = await facesFolder(photos, undefined);
  const removed = [...(await videos.removeVideos(gone)), ...(await photos.remove(gone))];
  for (const { cutout, aligned } of removed)
    for (const name of [cutout, aligned]) await rm(join(folder, name), { force: true });
  await forgetInIndex(
    photos,
    removed.map(({ id }) => id),
  );
  if (options.json === true) {
    printJson({ schema: 'fr-stream/prune@1', files: gone.length, faces: removed.length, unreachable });
  } else {
    say(
      `forgot ${counted(gone.length, 'file')} that ${gone.length === 1 ? 'is' : 'are'} gone, ${counted(removed.length, 'face')}`,
    );
    const away = [...missing.keys()].map((path) => ({ path }));
    const others = unreachable === 0 ? [] : await othersMounted(away, mounts);
    const why = others.length === 0 ? '' : ` (${whyAway(others)})`;
    const how = others.length === 0 ? '; with --unreachable they go too' : '';
    if (unreachable > 0)
      say(paint.dim(`${counted(unreachable, 'file')} cannot be reached now${why} and stay${how}`));
  }
  return EXIT.ok;
}
