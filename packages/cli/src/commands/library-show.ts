import { resolve, sep } from 'node:path';
import {
  collected,
  defined,
  roundTo,
  type PhotoRecord,
  type TimeSpan,
  type VideoRecord,
} from '@fr-stream/core';
import { union } from '@fr-stream/library';
import {
  awayFile,
  knownMounts,
  missingFiles,
  mountsOfOthers,
  timecode,
  type MissingFile,
  type Mount,
} from '@fr-stream/stream';
import { openLibrary } from '../compose/open-library.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { pathFacts, shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface LibraryShowOptions {
  readonly gallery?: string;
  readonly videos?: boolean;
  readonly photos?: boolean;
  readonly json?: boolean;
}

/** `fr-stream library status`: what the library holds, and what is to be done. */
export async function libraryStatus(options: LibraryShowOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos, videos } = library;
  const photoPaths = (await collected(photos.photos())).map(({ path }) => path);
  const videoPaths = (await collected(videos.videos())).map(({ path }) => path);
  const paths = [...photoPaths.map((path) => path.split('!/')[0] ?? path), ...videoPaths];
  const mounts = await knownMounts(photos);
  const where = { gone: 0, unreachable: 0 };
  const missing = await missingFiles(new Set(paths), mounts);
  for (const { state } of missing) where[state]++;
  const people = gallery.people();
  const named = people.filter(({ unnamed }) => unnamed !== true).length;
  const status = {
    photos: photoPaths.length,
    videos: videoPaths.length,
    faces: await photos.countFaces(),
    appearances: await videos.countTracks(),
    named,
    unnamed: people.length - named,
    loose: (await photos.countFaces({ loose: true })) + (await videos.countTracks({ loose: true })),
    ...where,
  };
  if (options.json === true) {
    printJson({ schema: 'fr-stream/library-status@1', gallery: photos.path, ...status });
    return EXIT.ok;
  }
  print(
    `${counted(status.photos, 'photo')} with ${counted(status.faces, 'face')}, ` +
      `${counted(status.videos, 'video')} with ${counted(status.appearances, 'face')}`,
    `${counted(named, 'person', 'people')} with a name, ${status.unnamed} without, ${counted(status.loose, 'face')} nobody's`,
  );
  if (where.gone > 0)
    print(
      `${counted(where.gone, 'file')} gone: fr-stream library relocate OLD NEW, or fr-stream library prune`,
    );
  if (where.unreachable > 0)
    print(
      `${counted(where.unreachable, 'file')} cannot be reached now (${whyAway(await othersMounted(missing, mounts))}); nothing is lost`,
    );
  say(paint.dim(photos.path));
  return EXIT.ok;
}

/** Folders in which another drive is mounted than that which missing files lie on. */
export async function othersMounted(
  missing: readonly Pick<MissingFile, 'path'>[],
  mounts: readonly Mount[],
): Promise<readonly string[]> {
  const folders = missing.flatMap(({ path }) => awayFile(path)?.mount ?? []);
  return [...new Set([...(await mountsOfOthers(mounts)), ...folders])].sort();
}

/** Why files are missing that are not gone. @param others folders in which another drive is mounted than was before. */
export function whyAway(others: readonly string[]): string {
  return others.length === 0
    ? 'a drive that is not mounted?'
    : `another drive is mounted in ${others.join(' and ')}`;
}

/** `fr-stream library list`: the files and who is in them. */
export async function libraryList(
  folder: string | undefined,
  options: LibraryShowOptions,
): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos, videos } = library;
  const under = folder === undefined ? undefined : resolve(folder);
  const wanted = (path: string): boolean =>
    under === undefined ||
    path === under ||
    path.startsWith(under.replace(/[/\\]?$/, sep)) ||
    path.startsWith(`${under}!/`);
  const both = options.photos !== true && options.videos !== true;
  const nameOf = (personId: string | undefined): string | undefined =>
    personId === undefined ? undefined : gallery.find(personId)?.name;
  const show = (
    kind: 'photo' | 'video',
    { path, captured }: PhotoRecord | VideoRecord,
    who: readonly Shown[],
  ): void => {
    if (options.json === true) {
      const people = who.map(({ name }) => name);
      const appearances =
        kind === 'video' ? { appearances: who.map(({ name, spans }) => ({ name, spans })) } : {};
      printJson({ kind, ...pathFacts(path), ...defined({ captured }), people, ...appearances });
      return;
    }
    const shown = who.map(({ name, spans }) => (spans.length === 0 ? name : `${name} ${times(spans)}`));
    print(
      `${shownPath(path)}${captured === undefined ? '' : `  ${paint.dim(captured)}`}  ${shown.join(', ')}`,
    );
  };
  if (both || options.photos === true)
    for await (const photo of photos.photos()) {
      if (!wanted(photo.path)) continue;
      const faces = await collected(photos.outline({ hashes: [photo.hash] }));
      show(
        'photo',
        photo,
        // Who were merged by force may be in one photo twice.
        [...new Set(faces.map(({ id, personId, label }) => nameOf(personId) ?? label ?? id))].map((name) => ({
          name,
          spans: [],
        })),
      );
    }
  if (both || options.videos === true)
    for await (const video of videos.videos()) {
      if (!wanted(video.path)) continue;
      const seen = new Map<string, TimeSpan[]>();
      for await (const { id, personId, label, spans } of videos.tracks({ hashes: [video.hash] })) {
        const who = nameOf(personId) ?? label ?? id;
        seen.set(who, [...(seen.get(who) ?? []), ...spans]);
      }
      show(
        'video',
        video,
        [...seen].map(([name, spans]) => ({
          name,
          spans: union(spans).map(({ fromMs, toMs }) => ({
            fromMs: roundTo(fromMs, 1),
            toMs: roundTo(toMs, 1),
          })),
        })),
      );
    }
  return EXIT.ok;
}

/** Somebody in a file, of a video with the times, ascending. */
interface Shown {
  readonly name: string;
  readonly spans: readonly TimeSpan[];
}

function times(spans: readonly TimeSpan[]): string {
  const shown = spans.slice(0, 4).map(({ fromMs, toMs }) => `${timecode(fromMs)}-${timecode(toMs)}`);
  if (spans.length > shown.length) shown.push(`and ${spans.length - shown.length} more`);
  return shown.join(', ');
}
