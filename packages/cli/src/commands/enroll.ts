import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ArgumentError,
  checkedName,
  cosineSimilarity,
  EnrolmentRefusedError,
  FrStreamError,
  GalleryError,
  messageOf,
  refusal,
  refusalHint,
  safeText,
  type EnrolledFace,
  type Enrolment,
  type EnrolOptions,
  type Gallery,
  type QualityGates,
  type RefusedFace,
  itemAt,
} from '@fr-stream/core';
import { photoSet } from '@fr-stream/stream';
import { createEngine, type Engine } from '../compose/engine.js';
import { decisionRule, enrolableFace, type EnrolRules } from '@fr-stream/engine';
import { galleryName } from '../compose/gallery-place.js';
import { openGallery } from '../compose/open-gallery.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import type { EngineOptions } from '../compose/options.js';
import { counted } from '../ui/counted.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';
import { printJson } from '../ui/terminal.js';

export interface EnrollOptions extends EngineOptions, QualityGates {
  readonly gallery?: string;
  readonly largest?: boolean;
  /** Take the faces that these photos are like from whom they belong to. */
  readonly move?: boolean;
  /** Enrol photos that look like somebody else. */
  readonly force?: boolean;
  readonly json?: boolean;
}

/** A person to enrol and where their photos are. */
interface Task {
  readonly name: string;
  readonly photos: readonly string[];
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** `enroll NAME photo...` is one task; `enroll DIR` is one per sub-folder, named after it. */
async function tasksOf(args: readonly string[]): Promise<readonly Task[]> {
  const [first = '', ...photos] = args;
  if (photos.length > 0) return [{ name: first, photos }];
  if (!(await isFolder(first))) {
    throw new ArgumentError(
      `enroll needs a name and photos, or a folder with one sub-folder per person; "${first}" is no folder.`,
      {
        hint: 'fr-stream enroll "Ada Lovelace" ada1.jpg ada2.jpg',
      },
    );
  }
  const entries = await readdir(first, { withFileTypes: true });
  const tasks: Task[] = [];
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!name.startsWith('.') && (await isFolder(join(first, name))))
      tasks.push({ name, photos: [join(first, name)] });
  }
  if (tasks.length === 0) {
    throw new ArgumentError(`${first}: it has no sub-folders; each person needs one, named after them.`, {
      hint: `To enrol one person from this folder: fr-stream enroll NAME ${first}`,
    });
  }
  return tasks;
}

/** Two photos said to show one person that look less alike than this deserve a warning. */
const DOUBTFUL = 0.15;

/** Warns where a photo looks like another person than the rest: a wrong photo spoils a gallery for good. */
function doubts(faces: readonly EnrolledFace[]): readonly string[] {
  if (faces.length < 3) return [];
  return faces
    .filter((face) => {
      const scores = faces
        .filter((other) => other !== face)
        .map((other) => cosineSimilarity(face.embedding.vector, other.embedding.vector))
        .sort((a, b) => a - b);
      return itemAt(scores, Math.floor(scores.length / 2)) < DOUBTFUL;
    })
    .map((face) => face.source);
}

interface PersonReport {
  readonly name: string;
  readonly enrolled: readonly string[];
  /** Photos that are enrolled already, or say nothing new. */
  readonly present: readonly string[];
  readonly failed: readonly { readonly photo: string; readonly code: string; readonly message: string }[];
}

interface Enroller {
  readonly engine: Engine;
  readonly gallery: Gallery;
  readonly rules: EnrolRules;
  readonly options: EnrolOptions;
  readonly say: (line: string) => void;
}

/** The photo's content names its face: enrolled again, after a crash too, it adds nothing. */
async function enrolledFaceOf(engine: Engine, path: string, rules: EnrolRules): Promise<EnrolledFace> {
  const onWarning = (photo: string, warning: string): void =>
    say(`${paint.yellow('warning:')} ${safeText(`${photo}: ${warning}`)}`);
  const face = await enrolableFace({ ...engine, onWarning }, path, rules);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return { ...face, id: `photo-${hash.digest('hex').slice(0, 24)}` };
}

async function enrollOne(task: Task, enroller: Enroller): Promise<PersonReport> {
  const { engine, gallery, rules, options, say } = enroller;
  const paths: string[] = [];
  const failed: { photo: string; code: string; message: string }[] = [];
  const fail = (photo: string, error: unknown): void => {
    const code = FrStreamError.isInstance(error) ? error.code : 'INTERNAL';
    failed.push({ photo, code, message: messageOf(error) });
    const hint = FrStreamError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    say(`${paint.yellow('skipped')}  ${safeText(messageOf(error))}${safeText(hint)}`);
  };
  for (const photo of task.photos) {
    try {
      checkedName(task.name);
      paths.push(...(await photoSet(photo, { codec: engine.codec }).paths()));
    } catch (error) {
      fail(photo, error);
    }
  }
  const faces: EnrolledFace[] = [];
  for (const path of paths) {
    try {
      faces.push(await enrolledFaceOf(engine, resolve(path), rules));
    } catch (error) {
      fail(path, error);
    }
  }
  if (faces.length === 0) return { name: task.name, enrolled: [], present: [], failed };
  const refuse = (refused: readonly RefusedFace[]): void => {
    for (const one of refused) {
      const hint = refusalHint(task.name, one);
      fail(one.face.source, new GalleryError('GALLERY_CONFLICT', refusal(task.name, one), { hint }));
    }
  };
  let enrolment: Enrolment;
  try {
    enrolment = await gallery.enroll(task.name, faces, options);
  } catch (error) {
    if (!EnrolmentRefusedError.isInstance(error)) throw error;
    refuse(error.refused);
    return { name: task.name, enrolled: [], present: [], failed };
  }
  const { person, added, present, moved, refused } = enrolment;
  const fromWhom = new Map(moved.map(({ face, from }) => [face, from.name]));
  for (const face of new Set([...added, ...fromWhom.keys()])) {
    const from = fromWhom.get(face);
    const where = from === undefined ? '' : `  (taken from ${from})`;
    say(`${paint.green('enrolled')} ${safeText(`${person.name}  ${face.source}${where}`)}`);
  }
  for (const face of present) say(`${paint.dim('known')}    ${safeText(`${person.name}  ${face.source}`)}`);
  refuse(refused);
  for (const source of doubts(added)) {
    const line = `${source} does not look like the other photos of ${person.name}; is it the right person?`;
    say(`${paint.yellow('warning:')} ${safeText(line)}`);
  }
  const sources = (list: Iterable<EnrolledFace>) => [...list].map(({ source }) => source);
  return {
    name: person.name,
    enrolled: sources(new Set([...added, ...fromWhom.keys()])),
    present: sources(present),
    failed,
  };
}

/** `fr-stream enroll NAME photo...` and `fr-stream enroll DIR`. */
export async function enroll(args: readonly string[], options: EnrollOptions): Promise<ExitCode> {
  const tasks = await tasksOf(args);
  // A name that is none is said before anything is looked at.
  const [name, photo] = args;
  if (name !== undefined && photo !== undefined) checkedName(name);
  await using gallery = await openGallery(options.gallery, { mode: 'create' });
  await using engine = await createEngine({
    ...(await withOwnEmbedder(options, gallery)),
    rotationRetry: true,
  });
  gallery.requireEmbedder(engine.embedder.id);
  const tell = (line: string): void => {
    if (options.quiet !== true) say(line);
  };
  const enroller: Enroller = {
    engine,
    gallery,
    rules: { ...options, minQuality: options.minQuality ?? 0.25, largest: options.largest === true },
    options: {
      sameFrom: decisionRule(engine.embedderCard).sameFrom,
      conflict: options.move === true ? 'move' : options.force === true ? 'add' : 'refuse',
    },
    say: tell,
  };
  const reports: PersonReport[] = [];
  for (const task of tasks) reports.push(await enrollOne(task, enroller));
  const path = galleryName(options.gallery);
  if (options.json === true) printJson({ gallery: path, people: reports });
  const count = (of: (report: PersonReport) => number): number =>
    reports.reduce((sum, report) => sum + of(report), 0);
  const enrolled = count((report) => report.enrolled.length);
  const present = count((report) => report.present.length);
  const failed = count((report) => report.failed.length);
  if (enrolled + present === 0) {
    throw new GalleryError(
      reports.some((report) => report.failed.some(({ code }) => code === 'GALLERY_CONFLICT'))
        ? 'GALLERY_CONFLICT'
        : 'GALLERY_NO_FACE',
      `Nobody was enrolled: none of the ${failed} photos could be used.`,
      { hint: 'The lines above say why for each.' },
    );
  }
  const people = reports.filter((report) => report.enrolled.length > 0).length;
  const known = present === 0 ? '' : `, ${present} known already`;
  tell(
    paint.dim(
      `${counted(enrolled, 'face')} of ${counted(people, 'person', 'people')} added to ${path}${known}`,
    ),
  );
  return failed > 0 ? EXIT.partial : EXIT.ok;
}
