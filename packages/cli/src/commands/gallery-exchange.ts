import { createReadStream } from 'node:fs';
import {
  FrStreamError,
  galleryJson,
  GalleryReader,
  isOfLibrary,
  messageOf,
  noGallery,
  SourceError,
  type GallerySnapshot,
} from '@fr-stream/core';
import { TextOutput } from '@fr-stream/stream';
import { JSONParser } from '@streamparser/json';
import { createOutputs } from '../compose/run-outputs.js';
import { galleryName } from '../compose/gallery-place.js';
import { openGallery } from '../compose/open-gallery.js';
import { galleryFlag } from '../compose/gallery-place.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import type { GalleryCommandOptions } from './gallery.js';
import { say } from '../ui/terminal.js';

function counted(people: number, faces: number): string {
  return `${people} ${people === 1 ? 'person' : 'people'}, ${faces} ${faces === 1 ? 'face' : 'faces'}`;
}

/** `fr-stream gallery export`: everybody and their embeddings as one JSON file, the same that the web app writes. */
export async function galleryExport(
  output: string,
  options: GalleryCommandOptions & { readonly overwrite?: boolean },
): Promise<ExitCode> {
  const outputs = createOutputs(options);
  await using text = new TextOutput(outputs.output('', output));
  await outputs.check();
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const snapshot = await gallery.export();
  await text.open();
  for (const piece of galleryJson(snapshot)) await text.write(piece);
  await text.write('\n');
  await text.close();
  const { people, faces } = snapshot;
  say(paint.dim(`exported ${counted(people.length, faces.length)}`));
  return EXIT.ok;
}

/** Reads a gallery's file piece by piece. @throws SourceError, GalleryError */
async function readGallery(file: string): Promise<GallerySnapshot> {
  const reader = new GalleryReader();
  const paths = ['$.schema', '$.embedder', '$.people', '$.rejections', '$.faces.*'];
  const parser = new JSONParser({ paths, keepStack: false });
  parser.onValue = ({ key, value }) => {
    if (typeof key === 'string') reader.part(key, value);
    else reader.face(value);
  };
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const piece of input) parsed(() => parser.write(piece as Uint8Array));
  } catch (cause) {
    if (FrStreamError.isInstance(cause)) throw cause;
    const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    throw new SourceError(
      missing ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      missing ? 'there is no such file.' : `it cannot be read: ${messageOf(cause)}`,
      { hint: 'Name a file that "fr-stream gallery export" or the web app wrote.', cause },
    );
  }
  parsed(() => parser.isEnded || parser.end());
  return reader.end();
}

function parsed(parse: () => unknown): void {
  try {
    parse();
  } catch (cause) {
    throw FrStreamError.isInstance(cause) ? cause : noGallery(cause);
  }
}

/** `fr-stream gallery import`: adds the people of an exported file; namesakes are taken for one person. */
export async function galleryImport(input: string, options: GalleryCommandOptions): Promise<ExitCode> {
  try {
    const snapshot = await readGallery(input);
    await using gallery = await openGallery(options.gallery, { mode: 'create' });
    await gallery.import(snapshot);
    const { people, faces } = snapshot;
    const path = galleryName(options.gallery);
    say(paint.dim(`imported ${counted(people.length, faces.length)} into ${path}`));
    // Faces come without their photos, and a search links them by content: see `ImportedFaces`.
    if (faces.some(isOfLibrary)) {
      const add = `fr-stream library add FOLDER${galleryFlag(options.gallery)}`;
      say(`Link them with your photos and videos: ${add}`);
    }
    return EXIT.ok;
  } catch (error) {
    if (!FrStreamError.isInstance(error)) throw error;
    throw new FrStreamError(error.code, `${input}: ${error.message}`, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}
