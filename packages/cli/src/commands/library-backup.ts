import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkGalleryFile, copyGallery, type SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { ArgumentError, GalleryError, messageOf, SinkError, SourceError } from '@fr-stream/core';
import { create, extract, replace } from 'tar';
import { besideGallery, facesFolder, rememberFacesFolder } from '../compose/faces-folder.js';
import { galleryKey } from '../compose/gallery-key.js';
import { galleryPath } from '../compose/open-gallery.js';
import { openPhotos } from '../compose/open-library.js';
import { indexFolder } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { printJson, say } from '../ui/terminal.js';

export interface BackupOptions {
  readonly gallery?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Version of what a backup is: a tar of this file's name and content, `gallery.db`, `faces/` and `index/`. */
const FORMAT = 'fr-stream/backup@1';

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/** `fr-stream library backup`: people, photos, videos and cut-outs as one file, consistent while others write. */
export async function backupCommand(file: string, options: BackupOptions): Promise<ExitCode> {
  const path = resolve(galleryPath(options.gallery));
  const target = resolve(file);
  if (!(await exists(path))) {
    throw new GalleryError('GALLERY_INVALID', `${path}: there is no gallery.`, {
      hint: 'Name one with --gallery.',
    });
  }
  if (options.overwrite !== true && (await exists(target))) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${target}: it is there already`, {
      hint: 'Name another file, or replace it with --overwrite.',
    });
  }
  const folder = await mkdtemp(join(dirname(target), '.fr-stream-backup-')).catch((cause: unknown) => {
    throw new SinkError('OUTPUT_UNWRITABLE', `${target} cannot be written: ${messageOf(cause)}`, {
      hint: 'Check the folder and its permissions.',
      cause,
    });
  });
  try {
    await copyGallery(path, join(folder, 'gallery.db'), { key: await galleryKey() });
    const faces = await withLibrary(path, (library) => facesFolder(library, undefined));
    await writeFile(
      join(folder, 'backup.json'),
      JSON.stringify({ format: FORMAT, made: new Date().toISOString() }),
    );
    const part = join(folder, 'backup.tar');
    await create({ file: part, cwd: folder, portable: true }, ['backup.json', 'gallery.db']);
    await chmod(part, 0o600);
    for (const [prefix, from] of [
      ['faces', faces],
      ['index', indexFolder(path)],
    ] as const) {
      // Files that a run is writing, or has removed, are not in the copy of the database either.
      const filter = (name: string): boolean => !name.includes('.unfinished-');
      if (await exists(from)) await replace({ file: part, cwd: from, prefix, portable: true, filter }, ['.']);
    }
    await rename(part, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { size } = await stat(target);
  if (options.json === true) printJson({ schema: FORMAT, file: target, bytes: size });
  else
    say(
      `backed up to ${target}, ${(size / 1e6).toFixed(1)} MB`,
      paint.dim('It holds faces and names: keep it as safe as the gallery.'),
    );
  return EXIT.ok;
}

async function withLibrary<T>(path: string, act: (library: SqlitePhotoLibrary) => Promise<T>): Promise<T> {
  await using library = await openPhotos(path);
  return await act(library);
}

/** `fr-stream library restore`: a gallery as it was when it was backed up. */
export async function restoreCommand(file: string, options: BackupOptions): Promise<ExitCode> {
  const path = resolve(galleryPath(options.gallery));
  const faces = besideGallery(path);
  const index = indexFolder(path);
  const taken: string[] = [];
  for (const place of [path, faces, index]) if (await exists(place)) taken.push(place);
  if (taken.length > 0 && options.overwrite !== true) {
    throw new ArgumentError(`${taken.join(' and ')}: there already.`, {
      hint: 'Restore to another place with --gallery, or replace it with --overwrite.',
    });
  }
  const folder = await mkdtemp(join(dirname(path), '.fr-stream-restore-'));
  try {
    await unpack(file, folder);
    const problems = await checkGalleryFile(join(folder, 'gallery.db'));
    if (problems.length > 0) {
      throw new GalleryError('GALLERY_INVALID', `${file}: it is damaged: ${problems[0]}.`, {
        hint: 'Restore another backup.',
      });
    }
    await withLibrary(join(folder, 'gallery.db'), (library) => rememberFacesFolder(library, faces));
    // What was there stays until all of the new is there.
    const old = join(folder, 'old');
    for (const place of [...taken, `${path}-wal`, `${path}-shm`])
      if (await exists(place)) await rename(place, `${old}-${basename(place)}`);
    await rename(join(folder, 'gallery.db'), path);
    if (await exists(join(folder, 'faces'))) await rename(join(folder, 'faces'), faces);
    if (await exists(join(folder, 'index'))) await rename(join(folder, 'index'), index);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (options.json === true) printJson({ schema: FORMAT, gallery: path });
  else say(`restored ${path}`, paint.dim('Go on with: fr-stream library status'));
  return EXIT.ok;
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
    });
    const { format } = JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8')) as {
      readonly format?: unknown;
    };
    if (format !== FORMAT) throw new Error(`its format is ${String(format)}`);
    await stat(join(folder, 'gallery.db'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT' && !(await exists(file));
    throw new SourceError(
      missing ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      `${file}: ${missing ? 'there is no such file.' : `it is no backup of fr-stream, or it is damaged: ${messageOf(cause)}`}`,
      { hint: 'Name a file that "fr-stream library backup" made.', cause },
    );
  }
}
