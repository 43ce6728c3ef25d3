import { galleryPath, openGallery } from '../compose/open-gallery.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface GalleryCommandOptions {
  readonly gallery?: string;
  readonly json?: boolean;
}

export async function galleryList(options: GalleryCommandOptions): Promise<ExitCode> {
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const people = gallery.people();
  if (options.json === true) {
    const path = galleryPath(options.gallery);
    printJson({ gallery: path, embedder: gallery.embedder ?? null, people });
    return EXIT.ok;
  }
  const width = Math.max(8, ...people.map(({ name }) => name.length));
  for (const { name, faces, id } of people) {
    print(`${name.padEnd(width)}  ${String(faces).padStart(4)} ${faces === 1 ? 'face ' : 'faces'}  ${id}`);
  }
  const made = gallery.embedder === undefined ? 'empty' : `embedder ${gallery.embedder}`;
  say(paint.dim(`${galleryPath(options.gallery)}: ${people.length} people, ${made}`));
  return EXIT.ok;
}

export async function galleryRename(
  person: string,
  name: string,
  options: GalleryCommandOptions,
): Promise<ExitCode> {
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const renamed = await gallery.rename(person, name);
  say(`renamed ${person} to ${renamed.name}`);
  return EXIT.ok;
}
