import { mkdtemp, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkGalleryFile, isGalleryFile } from '@fr-stream/backend-node';
import { ArgumentError, GalleryError, messageOf, SinkError, SourceError } from '@fr-stream/core';
import { causeOf, ensureFolder } from '@fr-stream/stream';
import { extract } from 'tar';
import { besideGallery, rememberFacesFolder } from '../compose/faces-folder.js';
import { galleryFile, galleryFlag } from '../compose/gallery-place.js';
import { indexFolder } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { RemoveOnSignal } from '../interrupt.js';
import { paint } from '../ui/paint.js';
import { printJson, say } from '../ui/terminal.js';
import { BACKUP_FORMAT, exists, withLibrary, type BackupOptions } from './library-backup.js';

const OLD = 'old-';

/** What lies in the folder of cut-outs, and in that of the index. */
const FACES = /^(?:cutouts|aligned|report\.(?:html|md).*|\.gallery|\.unfinished-.*)$/;
const INDEX = /^(?:manifest\.json.*|(?:graph|items)-.*|neighbours\.bin.*|lock.*)$/;

/** `fr-stream library restore`: a gallery as it was when it was backed up. */
export async function restoreCommand(file: string, options: BackupOptions): Promise<ExitCode> {
  const named = resolve(galleryFile(options.gallery, 'Restoring'));
  // A link stays one; what it leads to is replaced.
  const path = await realpath(named).catch(() => named);
  const faces = besideGallery(path);
  const index = indexFolder(path);
  const taken: string[] = [];
  for (const place of [path, faces, index]) if (await exists(place)) taken.push(place);
  if (taken.length > 0 && options.overwrite !== true) {
    throw new ArgumentError(`${taken.join(' and ')}: there already.`, {
      hint: 'Restore to another place with --gallery, or replace it with --overwrite.',
    });
  }
  await requireOurs(path, { [faces]: FACES, [index]: INDEX });
  const folder = await workFolder(dirname(path));
  using onSignal = new RemoveOnSignal(folder);
  let done = false;
  try {
    await unpack(file, folder);
    const problems = await checkGalleryFile(join(folder, 'gallery.db'));
    if (problems.length > 0) {
      throw new GalleryError('GALLERY_INVALID', `${file}: it is damaged: ${problems[0]}.`, {
        hint: 'Restore another backup.',
      });
    }
    await withLibrary(join(folder, 'gallery.db'), (library) => rememberFacesFolder(library, faces));
    onSignal.wait();
    const away = [...taken, `${path}-wal`, `${path}-shm`];
    await replaceAll(folder, away, { 'gallery.db': path, faces, index });
    done = true;
  } finally {
    // What could not be moved back is still there.
    const old = (await readdir(folder)).some((name) => name.startsWith(OLD));
    if (done || !old) await rm(folder, { recursive: true, force: true });
    else say(`${paint.yellow('warning:')} what was there before lies in ${folder}`);
  }
  if (options.json === true) printJson({ schema: BACKUP_FORMAT, gallery: path });
  else
    say(`restored ${path}`, paint.dim(`Go on with: fr-stream library status${galleryFlag(options.gallery)}`));
  return EXIT.ok;
}

/**
 * Nothing but a gallery is replaced, whatever --overwrite says: what a mistyped --gallery names may be the only copy of a
 * video, and a folder that is called like that of the cut-outs may hold somebody's photos.
 * @param folders beside the gallery, with the names of what lies in them.
 * @throws ArgumentError
 */
async function requireOurs(path: string, folders: Readonly<Record<string, RegExp>>): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts !== undefined && (!facts.isFile() || !(await isGalleryFile(path)))) {
    throw new ArgumentError(`${path}: it is no gallery, or it is damaged, and is not replaced.`, {
      hint: 'Name another with --gallery, or move that away.',
    });
  }
  for (const [folder, ours] of Object.entries(folders)) {
    const other = (await readdir(folder).catch(() => [])).find((name) => !ours.test(name));
    if (other === undefined) continue;
    throw new ArgumentError(
      `${join(folder, other)}: it is not fr-stream's, and its folder is not replaced.`,
      {
        hint: 'Name another gallery with --gallery, or move that away.',
      },
    );
  }
}

async function workFolder(parent: string): Promise<string> {
  try {
    await ensureFolder(parent);
    return await mkdtemp(join(parent, '.fr-stream-restore-'));
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${parent}: ${causeOf(cause)}`, {
      hint: 'Check the folder and its permissions, or name another gallery with --gallery.',
      cause,
    });
  }
}

/**
 * Moves what was there out of the way and the new to its place; when one of the moves fails, all is as it was.
 * @throws SinkError (OUTPUT_FAILED)
 */
async function replaceAll(
  folder: string,
  away: readonly string[],
  arriving: Readonly<Record<string, string>>,
): Promise<void> {
  const moved: (readonly [from: string, to: string])[] = [];
  const move = async (from: string, to: string): Promise<void> => {
    if (!(await exists(from))) return;
    await rename(from, to);
    moved.push([from, to]);
  };
  try {
    for (const place of away) await move(place, join(folder, `${OLD}${basename(place)}`));
    for (const [name, place] of Object.entries(arriving)) await move(join(folder, name), place);
  } catch (cause) {
    for (const [from, to] of moved.reverse()) await rename(to, from);
    throw new SinkError('OUTPUT_FAILED', `The backup cannot be put in place: ${causeOf(cause)}`, {
      hint: 'Nothing was changed. Check the folder and its permissions.',
      cause,
    });
  }
}

async function unpack(file: string, folder: string): Promise<void> {
  try {
    await extract({
      file,
      cwd: folder,
      strict: true,
      // Only what a backup holds, wherever the file came from.
      filter: (name, entry) =>
        /^(?:backup\.json|gallery\.db|(?:faces|index)\/.*)$/.test(name.replace(/^\.\//, '')) &&
        (!('type' in entry) ||
          entry.type === 'File' ||
          entry.type === 'Directory' ||
          entry.type === 'OldFile'),
      // Whatever a backup says about it: faces are their owner's alone.
      onReadEntry: (entry) => {
        entry.mode = entry.type === 'Directory' ? 0o700 : 0o600;
      },
    });
    const { format } = JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8')) as {
      readonly format?: unknown;
    };
    if (format !== BACKUP_FORMAT) throw new Error(`its format is ${String(format)}`);
    await stat(join(folder, 'gallery.db'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT' && !(await exists(file));
    throw new SourceError(
      missing ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      `${file}: ${missing ? 'there is no such file.' : `it is no backup of fr-stream, or it is ${isCutShort(cause) ? 'cut short' : 'damaged'}.`}`,
      { hint: 'Name a file that "fr-stream library backup" made.', cause },
    );
  }
}

const isCutShort = (cause: unknown): boolean => /^TAR_BAD_ARCHIVE: Truncated/.test(messageOf(cause));
