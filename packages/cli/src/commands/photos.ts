import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import type { DetectOptions, FrameReport, Gallery } from '@fr-stream/core';
import {
  csv,
  describePassedOver,
  OutputFolder,
  jsonl,
  scanPhotos,
  type OpenableSink,
  type ScanSummary,
} from '@fr-stream/stream';
import { attributeColumns } from '../ui/attribute-text.js';
import { decisionRule } from '@fr-stream/engine';
import { createEngine, type Engine } from '../compose/engine.js';
import { facesFolder, rememberFacesFolder, REPORT_NAMES } from '../compose/faces-folder.js';
import { PhotoNames } from '@fr-stream/engine';
import { galleryPath, openGallery } from '../compose/open-gallery.js';
import type { EngineOptions } from '../compose/options.js';
import { listInputs, PHOTO_TILES } from '../compose/photo-inputs.js';
import { isReportCurrent, noteReport } from '../compose/report-state.js';
import { openSetIndex } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { paint } from '../ui/paint.js';
import { PhotoProgress } from '../ui/photo-progress.js';
import type { Presence } from '../ui/presence.js';
import { emitPhotos } from './photos-emit.js';
import { writeReport } from './photos-report.js';

export interface PhotosOptions extends EngineOptions {
  readonly gallery?: string;
  readonly faces?: string;
  readonly filesFrom?: string;
  /** A file; false for none. Default: `report.html` and `report.md` in the folder of cut-outs. */
  readonly report?: string | boolean;
  /** A folder for copies with boxes and names. */
  readonly annotate?: string;
  readonly events?: string;
  readonly csv?: string;
  readonly embeddings?: boolean;
  readonly threshold?: number;
  readonly far?: number;
  readonly margin?: number;
  readonly maxFaces?: number;
  readonly minSize?: number;
  readonly minScore?: number;
  readonly json?: boolean;
}

/**
 * Strangers of larger sets have no labels until `fr-stream cluster` gives them some: comparing each with all before
 * takes a time that grows with the square.
 */
const MOST_FACES_LABELLED = 5_000;

/** A table of more has tens of megabytes, which no viewer shows: it is left to `fr-stream report`. */
const MOST_FACES_IN_TABLE = 20_000;

/** Which faces are kept; part of what a photo's faces depend on. */
function detectOptions({ maxFaces, minSize, minScore }: PhotosOptions): DetectOptions {
  return {
    ...(maxFaces !== undefined && { maxFaces }),
    ...(minSize !== undefined && { minSize }),
    ...(minScore !== undefined && { scoreThreshold: minScore }),
  };
}

/** What the faces of a photo depend on besides the photo. */
function chainOf(engine: Engine, tiles: number, options: PhotosOptions): string {
  const detect = detectOptions(options);
  const unusual = {
    ...(options.accurate === true && { accurate: true }),
    ...(Object.keys(detect).length > 0 && { detect }),
  };
  const chain: unknown[] = [engine.models, tiles, options.detectorSize ?? null];
  if (Object.keys(unusual).length > 0) chain.push(unusual);
  return JSON.stringify(chain);
}

function outputs(options: PhotosOptions): readonly OpenableSink<FrameReport>[] {
  const embeddings = options.embeddings ?? false;
  const sinks: OpenableSink<FrameReport>[] = [];
  if (options.events !== undefined) sinks.push(jsonl(options.events, { embeddings }));
  if (options.csv !== undefined)
    sinks.push(csv(options.csv, { attributes: attributeColumns(options.analyze ?? []) }));
  if (options.json === true && options.events !== '-') sinks.push(jsonl('-', { embeddings }));
  return sinks;
}

/**
 * `fr-stream photos/`: finds, cuts out and embeds the faces of photos that are new or changed, keeps them, and writes
 * the report.
 */
export async function photos(inputs: readonly string[], options: PhotosOptions): Promise<ExitCode> {
  const started = performance.now();
  const quiet = options.quiet === true;
  const tiles = options.tiles ?? PHOTO_TILES;
  const list = await listInputs(inputs, options);
  await using library = await SqlitePhotoLibrary.open(galleryPath(options.gallery));
  await using gallery = await openGallery(options.gallery, { mode: 'create' });
  await using engine = await createEngine({ ...options, tiles, secondLook: true });
  gallery.requireEmbedder(engine.embedder.id);
  if (options.faces !== undefined) rememberFacesFolder(library, options.faces);
  const folder = facesFolder(library, options.faces);
  await using files = await OutputFolder.open(folder);
  const sinks = outputs(options);
  // What cannot be written is known now, not after an hour of work.
  for (const sink of sinks) await sink.open();

  using interrupt = new Interrupt();
  const progress = new PhotoProgress(list.paths.length, quiet);
  let summary: ScanSummary;
  try {
    summary = await scanPhotos(list, {
      ...engine,
      library,
      files,
      chain: chainOf(engine, tiles, options),
      detect: detectOptions(options),
      signal: interrupt.signal,
      onPhoto: (outcome) => progress.update(outcome),
    });
  } finally {
    progress.stop();
  }
  const scanned = performance.now();
  const asked = sinks.length > 0 || options.annotate !== undefined;
  const { threshold, margin } = decisionRule(engine.embedderCard, options);
  const names = new PhotoNames(gallery, {
    threshold,
    margin,
    labels: asked && library.outline().length <= MOST_FACES_LABELLED,
  });
  let problems = summary.skipped;
  const anybody = gallery.people().some(({ unnamed }) => unnamed !== true);
  const people =
    !asked && !anybody
      ? []
      : await emitPhotos(list, library, names, {
          sinks,
          codec: engine.codec,
          analyzers: engine.analyzers,
          signal: interrupt.signal,
          onProblem: (error) => {
            problems++;
            process.stderr.write(`${paint.yellow('not copied:')} ${error.message}\n`);
          },
          ...(options.annotate !== undefined && { annotate: options.annotate }),
        });
  const reports = interrupt.signal.aborted ? [] : await reportPaths(options, library, folder);
  const written = await updateReports(reports, { library, gallery, folder, files, engine, options });

  if (options.json === true) {
    const seconds = (scanned - started) / 1000;
    const event = { schema: 'fr-stream/photos@1', ...summary, people, seconds };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  } else if (!quiet) {
    process.stdout.write(`${peopleTable(people)}${summaryLine(summary)}${notLookedAt(summary)}`);
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(
      paint.dim(`${seconds.toFixed(1)} s, ${engine.models.join(' + ')}, kept in ${library.path}\n`),
    );
    process.stderr.write(paint.dim(`cut-outs in ${folder}\n`));
    for (const path of [options.events, options.csv, options.annotate, ...written]) {
      if (path !== undefined && path !== '-') process.stderr.write(paint.dim(`wrote ${path}\n`));
    }
  }
  if (!quiet && options.json !== true) process.stderr.write(nextStep(library, options));
  if (interrupt.signal.aborted) return EXIT.interrupted;
  return problems > 0 ? EXIT.partial : EXIT.ok;
}

/** The reports that are to be there after the run. */
async function reportPaths(
  { report = true, quiet }: PhotosOptions,
  library: SqlitePhotoLibrary,
  folder: string,
): Promise<readonly string[]> {
  if (typeof report === 'string') return [report];
  if (!report) return [];
  const paths = REPORT_NAMES.map((name) => join(folder, name));
  if (library.outline().length <= MOST_FACES_IN_TABLE) return paths;
  const [page, table] = paths;
  // An old one would tell of a smaller set.
  await rm(table, { force: true });
  if (quiet !== true)
    process.stderr.write(
      paint.dim('so many faces make no readable table; "fr-stream report faces.md" writes it\n'),
    );
  return [page];
}

interface ReportTask {
  readonly library: SqlitePhotoLibrary;
  readonly gallery: Gallery;
  readonly folder: string;
  readonly files: OutputFolder;
  readonly engine: Engine;
  readonly options: PhotosOptions;
}

/** Writes the reports that are not as they would come out now. @returns those that were written. */
async function updateReports(paths: readonly string[], task: ReportTask): Promise<readonly string[]> {
  const { library, gallery, folder, files, engine, options } = task;
  const due: string[] = [];
  for (const path of paths) if (!(await isReportCurrent(library, path))) due.push(path);
  if (due.length === 0) return [];
  const revision = library.revision();
  // Somebody may have said who is who while photos were searched.
  await gallery.reload();
  const embedder = engine.embedder.id;
  const faces = library.outline().filter((face) => face.embedder === embedder);
  if (faces.length === 0) return [];
  await using index = await openSetIndex(library, faces);
  for (const path of due) {
    // Each process in a place of its own: several may be writing the report of one gallery.
    const part = typeof options.report === 'string' ? undefined : files.partOf(basename(path));
    const set = { library, gallery, faces, index, embedder, folder };
    await writeReport(path, { ...set, ...(part !== undefined && { part }) });
    await noteReport(library, path, revision);
  }
  return due;
}

/** What a user would do now. */
function nextStep(library: SqlitePhotoLibrary, { gallery }: PhotosOptions): string {
  const loose = library.outline().filter(({ personId }) => personId === undefined).length;
  if (loose < 2) return '';
  const at = gallery === undefined ? '' : ` --gallery ${gallery}`;
  return `${loose} faces are nobody's yet; group them into people: fr-stream cluster${at}\n`;
}

function peopleTable(people: readonly Presence[]): string {
  const known = people.filter((person) => person.known);
  const width = Math.max(8, ...known.map(({ who }) => who.length));
  const lines = known.map(
    ({ who, frames }) => `${who.padEnd(width)}  ${frames} ${frames === 1 ? 'photo' : 'photos'}\n`,
  );
  return lines.join('');
}

function summaryLine(summary: ScanSummary): string {
  const { photos: all, searched, faces, unchanged, duplicates, skipped, removed } = summary;
  return (
    `${all} photos: ${searched} searched (${faces} faces), ${unchanged} unchanged, ` +
    `${duplicates} duplicates, ${skipped} skipped, ${removed} removed\n`
  );
}

/** What was passed over: said, because nothing is to be left out in silence. */
function notLookedAt({ passedOver, severalPages }: ScanSummary): string {
  const lines: string[] = [];
  if (passedOver.length > 0) {
    const video = passedOver.find(({ kind }) => kind === 'videos');
    const how = video === undefined ? '' : `; videos are named one by one: fr-stream ${video.example}`;
    lines.push(`not looked at: ${describePassedOver(passedOver)}${how}\n`);
  }
  if (severalPages > 0) {
    const photos = severalPages === 1 ? '1 photo holds' : `${severalPages} photos hold`;
    lines.push(`${photos} several pages or frames: the first or main one was searched\n`);
  }
  return lines.join('');
}
