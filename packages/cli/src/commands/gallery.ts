import { checkGalleryFile } from '@fr-stream/backend-node';
import { collected, likelyDoubles, type LabelledVector } from '@fr-stream/core';
import { decisionRule } from '@fr-stream/engine';
import { existsSync } from 'node:fs';
import { embedderCardOf } from '../compose/embedder-card.js';
import { galleryKey } from '../compose/gallery-key.js';
import { galleryName, galleryPlace } from '../compose/gallery-place.js';
import { openGallery } from '../compose/open-gallery.js';
import { openLibrary } from '../compose/open-library.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
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
    const path = galleryName(options.gallery);
    printJson({ gallery: path, embedder: gallery.embedder ?? null, people });
    return EXIT.ok;
  }
  const width = Math.max(8, ...people.map(({ name }) => name.length));
  for (const { name, faces, id } of people) {
    print(`${name.padEnd(width)}  ${String(faces).padStart(4)} ${faces === 1 ? 'face ' : 'faces'}  ${id}`);
  }
  const made = gallery.embedder === undefined ? 'empty' : `embedder ${gallery.embedder}`;
  say(paint.dim(`${galleryName(options.gallery)}: ${counted(people.length, 'person', 'people')}, ${made}`));
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

/** The faces of photos and videos that are nobody's and have a label. */
async function looseVectors(
  options: GalleryCommandOptions,
  embedder: string,
): Promise<readonly LabelledVector[]> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  const { photos, videos } = library;
  const loose = (await collected(photos.outline())).filter(
    (face) => face.personId === undefined && face.label !== undefined && face.embedder === embedder,
  );
  const vectors = await photos.vectors(loose.map(({ id }) => id));
  const found = loose.flatMap(({ label }, i) => {
    const vector = vectors[i];
    return label === undefined || vector === undefined ? [] : [{ label, vector }];
  });
  for await (const { personId, label, embedding } of videos.tracks()) {
    if (personId === undefined && label !== undefined && embedding.model === embedder)
      found.push({ label, vector: embedding.vector });
  }
  return found;
}

/** `fr-stream gallery check`: whether the file is whole, and who is likely there under two names. */
export async function galleryCheck(options: GalleryCommandOptions): Promise<ExitCode> {
  const place = galleryPlace(options.gallery);
  const path = place.shown;
  // A database checks its pages itself.
  const problems =
    place.kind === 'file' && existsSync(path)
      ? await checkGalleryFile(path, { key: await galleryKey() })
      : [];
  if (problems.length > 0) {
    if (options.json === true) printJson({ gallery: path, problems, doubles: null });
    else for (const problem of problems) print(`damaged: ${problem}`);
    say(paint.dim(`${path} is damaged: restore a copy, or an export, of before`));
    return EXIT.check;
  }
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const { embedder } = gallery;
  const sameFrom = embedder === undefined ? Infinity : decisionRule(await embedderCardOf(embedder)).sameFrom;
  const doubles = await likelyDoubles(
    gallery,
    sameFrom,
    embedder === undefined ? [] : await looseVectors(options, embedder),
  );
  if (options.json === true) {
    printJson({ gallery: path, problems, doubles });
    return EXIT.ok;
  }
  for (const { people, score } of doubles) {
    const [one, two] = people.map(({ name }) => JSON.stringify(name));
    const why = score === undefined ? 'one name, spelt in two ways' : `faces as like as ${score.toFixed(2)}`;
    print(`${one} and ${two} may be one person (${why})`);
    const [a, b] = people.map(({ name, id }) =>
      people[0].name === people[1].name ? id : JSON.stringify(name),
    );
    say(paint.dim(`  if so: fr-stream merge ${a} ${b}; if not: fr-stream not-same ${a} ${b}`));
  }
  say(
    paint.dim(
      `${path} is whole: ${counted(gallery.people().length, 'person', 'people')}, ${counted(doubles.length, 'likely double')}`,
    ),
  );
  return EXIT.ok;
}
