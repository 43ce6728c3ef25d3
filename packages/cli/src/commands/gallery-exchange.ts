import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { FrStreamError, galleryFromJson, galleryJson, messageOf, SourceError } from '@fr-stream/core';
import { TextOutput } from '@fr-stream/stream';
import { galleryPath, openGallery } from '../engine/open-gallery.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import type { GalleryCommandOptions } from './gallery.js';

function counted(people: number, faces: number): string {
  return `${people} ${people === 1 ? 'person' : 'people'}, ${faces} ${faces === 1 ? 'face' : 'faces'}`;
}

/** `fr-stream gallery export`: everybody and their embeddings as one JSON file, the same that the web app writes. */
export async function galleryExport(output: string, options: GalleryCommandOptions): Promise<ExitCode> {
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const snapshot = await gallery.export();
  await using text = new TextOutput(output);
  await text.open();
  for (const piece of galleryJson(snapshot)) await text.write(piece);
  await text.write('\n');
  await text.close();
  const { people, faces } = snapshot;
  process.stderr.write(paint.dim(`exported ${counted(people.length, faces.length)}\n`));
  return EXIT.ok;
}

async function readInput(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    throw new SourceError(
      missing ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      missing ? `${file}: there is no such file.` : `${file} cannot be read: ${messageOf(cause)}`,
      { hint: 'Name a file that "fr-stream gallery export" or the web app wrote.', cause },
    );
  }
}

/** `fr-stream gallery import`: adds the people of an exported file; namesakes are taken for one person. */
export async function galleryImport(input: string, options: GalleryCommandOptions): Promise<ExitCode> {
  const text = await readInput(input);
  try {
    const snapshot = galleryFromJson(text);
    await using gallery = await openGallery(options.gallery, { mode: 'create' });
    await gallery.import(snapshot);
    const { people, faces } = snapshot;
    const path = galleryPath(options.gallery);
    process.stderr.write(paint.dim(`imported ${counted(people.length, faces.length)} into ${path}\n`));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof FrStreamError)) throw error;
    throw new FrStreamError(error.code, `${input}: ${error.message}`, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}
