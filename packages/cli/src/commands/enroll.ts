import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ArgumentError,
  cosineSimilarity,
  FrStreamError,
  GalleryError,
  messageOf,
  type EnrolledFace,
  type Gallery,
  type QualityGates,
} from '@fr-stream/core';
import { photoSet } from '@fr-stream/stream';
import { createEngine, type Engine } from '../compose/engine.js';
import { enrolableFace, type EnrolRules } from '@fr-stream/engine';
import { galleryPath, openGallery } from '../compose/open-gallery.js';
import type { EngineOptions } from '../compose/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';
import { printJson } from '../ui/terminal.js';

export interface EnrollOptions extends EngineOptions, QualityGates {
  readonly gallery?: string;
  readonly largest?: boolean;
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
  const [first, ...photos] = args;
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

/** Two photos said to show one person that look less alike than this deserve a second look. */
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
      return scores[Math.floor(scores.length / 2)] < DOUBTFUL;
    })
    .map((face) => face.source);
}

interface PersonReport {
  readonly name: string;
  readonly enrolled: readonly string[];
  readonly failed: readonly { readonly photo: string; readonly code: string; readonly message: string }[];
}

async function enrollOne(
  task: Task,
  engine: Engine,
  gallery: Gallery,
  rules: EnrolRules,
  say: (line: string) => void,
): Promise<PersonReport> {
  const paths: string[] = [];
  const failed: { photo: string; code: string; message: string }[] = [];
  const fail = (photo: string, error: unknown): void => {
    const code = FrStreamError.isInstance(error) ? error.code : 'INTERNAL';
    failed.push({ photo, code, message: messageOf(error) });
    const hint = FrStreamError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    say(`${paint.yellow('skipped')}  ${messageOf(error)}${hint}`);
  };
  for (const photo of task.photos) {
    try {
      paths.push(...(await photoSet(photo, { codec: engine.codec }).paths()));
    } catch (error) {
      fail(photo, error);
    }
  }
  const faces: EnrolledFace[] = [];
  for (const path of paths) {
    try {
      faces.push(await enrolableFace(engine, resolve(path), rules));
      say(`${paint.green('enrolled')} ${task.name}  ${path}`);
    } catch (error) {
      fail(path, error);
    }
  }
  if (faces.length > 0) await gallery.enroll(task.name, faces);
  for (const source of doubts(faces)) {
    say(
      `${paint.yellow('warning:')} ${source} does not look like the other photos of ${task.name}; is it the right person?`,
    );
  }
  return { name: task.name, enrolled: faces.map(({ source }) => source), failed };
}

/** `fr-stream enroll NAME photo...` and `fr-stream enroll DIR`. */
export async function enroll(args: readonly string[], options: EnrollOptions): Promise<ExitCode> {
  const tasks = await tasksOf(args);
  await using gallery = await openGallery(options.gallery, { mode: 'create' });
  await using engine = await createEngine({ ...options, secondLook: true });
  gallery.requireEmbedder(engine.embedder.id);
  const rules = { ...options, minQuality: options.minQuality ?? 0.25, largest: options.largest === true };
  const tell = (line: string): void => {
    if (options.quiet !== true) say(line);
  };
  const reports: PersonReport[] = [];
  for (const task of tasks) reports.push(await enrollOne(task, engine, gallery, rules, tell));
  if (options.json === true) printJson({ gallery: galleryPath(options.gallery), people: reports });
  const enrolled = reports.reduce((sum, report) => sum + report.enrolled.length, 0);
  const failed = reports.reduce((sum, report) => sum + report.failed.length, 0);
  if (enrolled === 0) {
    throw new GalleryError(
      'GALLERY_NO_FACE',
      `Nobody was enrolled: none of the ${failed} photos could be used.`,
      {
        hint: 'The lines above say why for each.',
      },
    );
  }
  tell(
    paint.dim(
      `${enrolled} faces of ${reports.filter((r) => r.enrolled.length > 0).length} people in ${galleryPath(options.gallery)}`,
    ),
  );
  return failed > 0 ? EXIT.partial : EXIT.ok;
}
