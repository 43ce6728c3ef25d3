import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSealed } from '@fr-stream/backend-node';
import { decisionRule } from '@fr-stream/engine';
import { cutoutContext } from '@fr-stream/stream';
import { servePeople } from '@fr-stream/server';
import { embedderCardOf } from '../compose/embedder-card.js';
import { facesFolder } from '../compose/faces-folder.js';
import { openLibrary, sealOf } from '../compose/open-library.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { print, say } from '../ui/terminal.js';
import { forgetEverywhere } from '../compose/forget-everywhere.js';

export interface PeoplePageCommandOptions {
  readonly gallery?: string;
  readonly port?: number;
}

/** `fr-stream people`: a page on this machine that shows who is who. */
export async function peoplePage(options: PeoplePageCommandOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos } = library;
  const folder = await facesFolder(photos, undefined);
  const seal = sealOf(photos);
  const { embedder } = gallery;
  using interrupt = new Interrupt(undefined, 'The page is closed.');
  await using page = await servePeople({
    gallery,
    picture: async ({ id }) => {
      // Of faces of photos and of tracks; those that were enrolled have none.
      const face = await photos.face(id);
      const bytes = face && (await readFile(join(folder, face.cutout)).catch(() => undefined));
      return bytes && seal && isSealed(bytes) ? seal.open(bytes, cutoutContext(face.cutout)) : bytes;
    },
    forget: (personId) => forgetEverywhere(library, gallery.person(personId), folder),
    threshold: embedder === undefined ? 1 : decisionRule(await embedderCardOf(embedder), {}).threshold,
    ...(options.port !== undefined && { port: options.port }),
  });
  print(page.address);
  say('Open this address in a browser on this machine; Ctrl-C ends it.');
  // What other commands change meanwhile is taken in.
  await gallery.follow(interrupt.signal).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error;
  });
  return EXIT.ok;
}
