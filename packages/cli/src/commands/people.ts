import { ArgumentError, collected, type Gallery, type PersonRecord } from '@fr-stream/core';
import { knownPath } from '@fr-stream/stream';
import { FaceRefs } from '../compose/face-refs.js';
import { facesFolder } from '../compose/faces-folder.js';
import { openLibrary, type OpenLibrary } from '../compose/open-library.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { forgetEverywhere } from '../compose/forget-everywhere.js';
import { shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface PeopleOptions {
  readonly gallery?: string;
  readonly json?: boolean;
}

interface Opened extends OpenLibrary {
  readonly refs: FaceRefs;
}

/** People and photos of a gallery that is there. @throws GalleryError */
async function open(options: PeopleOptions): Promise<Opened> {
  const library = await openLibrary(options.gallery, { mode: 'read' });
  const { gallery, photos, videos } = library;
  return { ...library, refs: new FaceRefs(gallery, photos, videos) };
}

function facesOf(gallery: Gallery, person: PersonRecord): string {
  return facesText(gallery.facesOf(person.id).length);
}

function facesText(count: number): string {
  return `${count} ${count === 1 ? 'face' : 'faces'}`;
}

function report(options: PeopleOptions, gallery: Gallery, person: PersonRecord, line: string): void {
  if (options.json === true) {
    const faces = gallery.facesOf(person.id).length;
    printJson({ ...person, faces });
  } else {
    say(`${line}`);
  }
}

/** `fr-stream name PERSON NAME`: names somebody unnamed, or a face of nobody's; renames who has a name. */
export async function nameCommand(ref: string, name: string, options: PeopleOptions): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery, refs } = opened;
  const { faces, owner } =
    gallery.find(ref) === undefined ? await refs.named(ref) : { faces: [], owner: undefined };
  const [first, ...others] = faces.map(({ id, embedding, quality, picture, label }) => ({
    id,
    source: label === ref ? id : ref,
    embedding,
    quality,
    picture,
  }));
  if (first !== undefined) {
    const person = await gallery.adopt(name, first, others);
    report(options, gallery, person, `${ref} is ${person.name}, ${facesOf(gallery, person)}`);
    return EXIT.ok;
  }
  const before = gallery.person(owner ?? ref);
  const person = await gallery.name(before.id, name);
  report(options, gallery, person, `${nameAnswer(ref, before, person)}, ${facesOf(gallery, person)}`);
  return EXIT.ok;
}

/** What became of somebody, in the words that the user chose and without ids. */
function nameAnswer(ref: string, before: PersonRecord, person: PersonRecord): string {
  const whom = [before.name, before.id].includes(ref) ? '' : `${ref}: `;
  if (before.name === person.name && before.unnamed !== true)
    return `${whom}${person.name} has that name already`;
  if (person.id !== before.id) return `${whom}${before.name} is ${person.name}, and joins them`;
  return `${whom}${before.name} is ${before.unnamed === true ? '' : 'now called '}${person.name}`;
}

export interface MergeCommandOptions extends PeopleOptions {
  readonly force?: boolean;
}

/** `fr-stream merge PERSON PERSON...` */
export async function mergeCommand(
  people: readonly string[],
  options: MergeCommandOptions,
): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery, refs } = opened;
  const meant = await refs.peopleOrFaces([...new Set(people)]);
  const person = await gallery.merge(
    meant.map(({ person: { id } }) => id),
    { force: options.force === true },
    meant.flatMap(({ loose }) => loose),
  );
  report(options, gallery, person, `merged into ${person.name}, ${facesOf(gallery, person)}`);
  return EXIT.ok;
}

/** `fr-stream split PERSON FACE...` */
export async function splitCommand(
  ref: string,
  faces: readonly string[],
  options: PeopleOptions,
): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery, refs } = opened;
  const meant = await refs.person(ref);
  const { person, loose } = meant;
  const ids = await Promise.all(faces.map((face) => refs.of(meant, face)));
  const split = await gallery.split(person.id, ids, loose);
  report(options, gallery, split, `split ${facesOf(gallery, split)} of ${person.name} into ${split.name}`);
  return EXIT.ok;
}

/** `fr-stream not-same PERSON PERSON-OR-FACE` */
export async function notSameCommand(
  first: string,
  second: string,
  options: PeopleOptions,
): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery, refs } = opened;
  const [one, two] = [await refs.findPerson(first), await refs.findPerson(second)];
  if (one !== undefined && two !== undefined) {
    await gallery.notSame(one.person.id, two.person.id, [...one.loose, ...two.loose]);
    report(options, gallery, one.person, `${one.person.name} and ${two.person.name} are not the same person`);
    return EXIT.ok;
  }
  const meant = one ?? two ?? (await refs.person(first));
  const { person, loose } = meant;
  const ref = one === undefined ? first : second;
  const own = (await refs.find(meant, ref)) ?? (await refs.any(ref));
  if (own === undefined) {
    throw new ArgumentError(`"${ref}" is nobody's name, no face and no photo of the set.`, {
      hint: `See: fr-stream gallery show ${JSON.stringify(person.name)}`,
    });
  }
  await gallery.notThisFace(own, person.id, loose);
  report(options, gallery, person, `the face in ${ref} is not ${person.name}`);
  return EXIT.ok;
}

export interface UndoOptions extends PeopleOptions {
  readonly list?: boolean;
}

/** `fr-stream undo`: takes the latest change back, or lists what can be. */
export async function undoCommand(options: UndoOptions): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery } = opened;
  if (options.list === true) {
    for (const { at, action } of await gallery.history()) {
      if (options.json === true) printJson({ at, action });
      else print(`${at}  ${action}`);
    }
    return EXIT.ok;
  }
  const { at, action } = await gallery.undo();
  if (options.json === true) printJson({ at, action });
  else say(`undone: ${action}`);
  return EXIT.ok;
}

export interface ForgetOptions extends PeopleOptions {
  readonly faces?: string;
}

/** `fr-stream forget PERSON`: removes all that is kept of somebody, cut-outs included. */
export async function forgetCommand(ref: string, options: ForgetOptions): Promise<ExitCode> {
  await using opened = await open(options);
  const { person, loose } = await opened.refs.person(ref);
  // Nobody's faces are forgotten as somebody's are: with pictures and all that refers to them.
  for (const group of loose) await opened.gallery.keep(group);
  const folder = await facesFolder(opened.photos, options.faces);
  const { faces, pictures, report, copies, named } = await forgetEverywhere(opened, person, folder);
  if (options.json === true) {
    printJson({ id: person.id, faces, files: pictures });
    return EXIT.ok;
  }
  const gone = [
    ...(report ? [`The report in ${folder} is gone too; "fr-stream report" makes a new one.`] : []),
    ...(copies > 0 ? ['So is the copy of the gallery of before it was brought up to date.'] : []),
    ...(named > 0
      ? [
          `${counted(named, 'file')} that "fr-stream library write-metadata" wrote ${named === 1 ? 'says' : 'say'} the name until it is run again as it was.`,
        ]
      : []),
  ];
  say(
    `forgot ${person.name}: ${facesText(faces)}, ${counted(pictures, 'picture')}`,
    paint.dim(
      [
        ...gone,
        'Annotated copies, videos and reports written elsewhere still show them; so do the photos themselves.',
      ].join(' '),
    ),
  );
  return EXIT.ok;
}

/** As `gallery show` tells faces, of those that have a label only. */
async function nobodysFaces(
  { photos, videos }: Pick<OpenLibrary, 'photos' | 'videos'>,
  wanted: ReadonlySet<string>,
) {
  const ids = [...wanted];
  const faces = [];
  for (const { id, hash, quality } of await collected(photos.faces({ ids }))) {
    const [file] = await collected(photos.photos({ hashes: [hash] }));
    faces.push({ id, source: file?.path ?? hash, kind: 'photo', by: 'nobody', quality: quality.overall });
  }
  for (const { id, hash, best } of await collected(videos.tracks({ ids }))) {
    const [file] = await collected(videos.videos({ hashes: [hash] }));
    const quality = best.quality.overall;
    faces.push({ id, source: file?.path ?? hash, kind: 'track', by: 'nobody', quality });
  }
  return faces;
}

/** `fr-stream gallery show PERSON`: their faces and where they came from. */
export async function galleryShow(ref: string, options: PeopleOptions): Promise<ExitCode> {
  await using opened = await open(options);
  const { gallery, refs, photos, videos } = opened;
  const { person, loose } = await refs.person(ref);
  const own = loose[0]?.faces ?? gallery.facesOf(person.id);
  const faces =
    loose.length > 0
      ? await nobodysFaces(opened, new Set(own.map(({ id }) => id)))
      : own.map(({ id, source, quality, kind = 'enrolled', by = 'user' }) => ({
          id,
          source,
          kind,
          by,
          quality,
        }));
  const others = gallery.rejections
    .filter((pair) => pair.includes(person.id))
    .map(([a, b]) => (a === person.id ? b : a));
  const notSame = others.map((id) => gallery.find(id)?.name ?? id);
  if (options.json === true) {
    printJson({ ...person, faces: faces.map((one) => ({ ...one, source: knownPath(one.source) })), notSame });
    return EXIT.ok;
  }
  for (const { id, source, kind, by, quality } of faces) {
    print(`${kind.padEnd(8)}  ${by.padEnd(7)}  quality ${quality.toFixed(2)}  ${id}  ${shownPath(source)}`);
  }
  if (notSame.length > 0) print(`not the same: ${notSame.join(', ')}`);
  say(
    paint.dim(
      `${person.name}: ${facesText(own.length)}, ${loose.length > 0 ? 'nobody yet' : `id ${person.id}`}`,
    ),
  );
  const nobodys = { loose: true } as const;
  const unclaimed = (await photos.countFaces(nobodys)) + (await videos.countTracks(nobodys));
  if (person.unnamed !== true && unclaimed > 0)
    say(
      paint.dim(
        `Who is nobody's yet and recognised as ${person.name}: fr-stream where ${JSON.stringify(person.name)}`,
      ),
    );
  return EXIT.ok;
}
