import { createReadStream } from 'node:fs';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { copyGallery } from '@fr-stream/backend-node';
import { GalleryError, SinkError } from '@fr-stream/core';
import { TemporaryFolder, writeOutput, type Output } from '@fr-stream/stream';
import { create, replace } from 'tar';
import { facesFolder, OWNER } from '../compose/faces-folder.js';
import { galleryKey } from '../compose/gallery-key.js';
import { galleryFile } from '../compose/gallery-place.js';
import { openPhotos, type PhotoStore } from '../compose/open-library.js';
import { createOutputs } from '../compose/run-outputs.js';
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
export const BACKUP_FORMAT = 'fr-stream/backup@1';

export const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/** `fr-stream library backup`: people, photos, videos and cut-outs as one file, consistent while others write. */
export async function backupCommand(file: string, options: BackupOptions): Promise<ExitCode> {
  const path = resolve(galleryFile(options.gallery, 'A backup'));
  if (!(await exists(path))) {
    throw new GalleryError('GALLERY_INVALID', `${path}: there is no gallery.`, {
      hint: 'Name one with --gallery.',
    });
  }
  const faces = await withLibrary(path, (library) => facesFolder(library, undefined));
  const outputs = createOutputs(options);
  outputs.keepFolder('the cut-outs', faces);
  const output = outputs.output('', file);
  await outputs.check();
  await requireNone(output, options);
  const bytes = await writeBackup(output, path, faces);
  const { target } = output;
  if (options.json === true && target !== '-') printJson({ schema: BACKUP_FORMAT, file: target, bytes });
  else
    say(
      `backed up to ${output.name}, ${(bytes / 1e6).toFixed(1)} MB`,
      paint.dim('It holds faces and names: keep it as safe as the gallery.'),
    );
  return EXIT.ok;
}

/** An earlier backup is not replaced without being asked, though it is fr-stream's own. */
async function requireNone(output: Output, { overwrite }: BackupOptions): Promise<void> {
  const place = await output.place();
  if (overwrite === true || place.kind !== 'file' || !place.stats || place.stats.size === 0) return;
  throw new SinkError('OUTPUT_UNWRITABLE', `${output.name}: it is there already`, {
    hint: 'Name another file, or replace it with --overwrite.',
  });
}

/** @returns bytes. */
async function writeBackup(output: Output, path: string, faces: string): Promise<number> {
  await using opened = output;
  const place = await opened.open();
  // Where the backup goes there is room for it.
  await using work = await TemporaryFolder.make(place.kind === 'file' ? dirname(place.path) : tmpdir());
  const at = (name: string): string => join(work.path, name);
  await copyGallery(path, at('gallery.db'), { key: await galleryKey() });
  await writeFile(
    at('backup.json'),
    JSON.stringify({ format: BACKUP_FORMAT, made: new Date().toISOString() }),
  );
  const tar = at('backup.tar');
  await create({ file: tar, cwd: work.path, portable: true }, ['backup.json', 'gallery.db']);
  await chmod(tar, 0o600);
  for (const [prefix, from] of [
    ['faces', faces],
    ['index', indexFolder(path)],
  ] as const) {
    // Files that a run is writing, or has removed, are not in the copy of the database either.
    const filter = (name: string): boolean => !name.includes('.unfinished-') && basename(name) !== OWNER;
    if (await exists(from)) await replace({ file: tar, cwd: from, prefix, portable: true, filter }, ['.']);
  }
  const { size } = await stat(tar);
  if (place.kind === 'file') {
    await place.temporary.handle.close();
    await opened.commit(tar);
  } else await writeOutput(opened, createReadStream(tar));
  return size;
}

export async function withLibrary<T>(path: string, act: (library: PhotoStore) => Promise<T>): Promise<T> {
  await using library = await openPhotos(path);
  return await act(library);
}
