import { existsSync } from 'node:fs';
import { realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  collected,
  ArgumentError,
  SinkError,
  type DetectOptions,
  type FrameReport,
  type Gallery,
} from '@fr-stream/core';
import {
  copyNames,
  csv,
  describePassedOver,
  jsonl,
  scanPhotos,
  type OpenableSink,
  type Output,
  type OutputSet,
  type PhotoList,
  type ScanSummary,
} from '@fr-stream/stream';
import { attributeColumns } from '../ui/attribute-text.js';
import { labelStrangers, decisionRule, withProfile } from '@fr-stream/engine';
import { createEngineLater, type LaterEngine } from '../compose/engine.js';
import { isBucketUrl, joinLists, openBuckets, type BucketPhotos } from '../compose/bucket-photos.js';
import { facesFolder, openFacesFolder, rememberFacesFolder, REPORT_NAMES } from '../compose/faces-folder.js';
import { PhotoNames } from '@fr-stream/engine';
import { Failures } from '../compose/known-failures.js';
import { galleryFlag, isDatabaseUrl } from '../compose/gallery-place.js';
import { openLibrary, type OpenLibrary, type PhotoStore } from '../compose/open-library.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import type { EngineOptions } from '../compose/options.js';
import { listInputs, PHOTO_TILES } from '../compose/photo-inputs.js';
import { isReportCurrent, noteReport } from '../compose/report-state.js';
import { openAll } from '../compose/open-outputs.js';
import { createOutputs, isOurReport } from '../compose/run-outputs.js';
import { openMachines, remoteEngine, type QueueOptions } from '../compose/many-machines.js';
import { openSetIndex } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { LookAlikeLog, lookAlikeNotes } from '../ui/look-alikes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { PhotoProgress } from '../ui/photo-progress.js';
import type { Presence } from '../ui/presence.js';
import { presenceInPhotos } from './photos-presence.js';
import { keepPresence, keptPresence, presenceKey, type PresenceFound } from './kept-presence.js';
import { emitPhotos, type EmitTargets } from './photos-emit.js';
import { writeReport } from './photos-report.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface PhotosOptions extends EngineOptions, QueueOptions {
  readonly gallery?: string;
  /** The database that the workers of the queue keep faces in, which is the gallery then. */
  readonly store?: string;
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
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
}

/**
 * Strangers of larger sets have no labels until `fr-stream cluster` gives them some: comparing each with all before
 * takes a time that grows with the square.
 */
const MOST_FACES_LABELLED = 5_000;

/** A table of more has tens of megabytes, which no viewer shows: it is left to `fr-stream report`. */
const MOST_FACES_IN_TABLE = 20_000;

/** Photos that wait for workers at once: enough for some dozen of them, and no more in memory than that. */
const PHOTOS_ELSEWHERE = 128;

const engineParts = async ({ models, codec, load }: LaterEngine) => ({
  models,
  codec,
  aligner: (await load()).aligner,
});

/** Which faces are kept; part of what a photo's faces depend on. */
function detectOptions({ maxFaces, minSize, minScore }: PhotosOptions): DetectOptions {
  return {
    ...(maxFaces !== undefined && { maxFaces }),
    ...(minSize !== undefined && { minSize }),
    ...(minScore !== undefined && { scoreThreshold: minScore }),
  };
}

/** What the faces of a photo depend on besides the photo. */
export function photoChain(
  engine: Pick<LaterEngine, 'models'>,
  tiles: number,
  options: PhotosOptions,
): string {
  const detect = detectOptions(options);
  const unusual = {
    ...(withProfile(options).accurate === true && { accurate: true }),
    ...(Object.keys(detect).length > 0 && { detect }),
  };
  const chain: unknown[] = [engine.models, tiles, options.detectorSize ?? null];
  if (Object.keys(unusual).length > 0) chain.push(unusual);
  return JSON.stringify(chain);
}

/** Events and tables of the faces, each with the output that it takes. */
function sinksOf(
  options: PhotosOptions,
  outputs: OutputSet,
): readonly { readonly sink: OpenableSink<FrameReport>; readonly output: Output }[] {
  const embeddings = options.embeddings ?? false;
  const attributes = attributeColumns(options.analyze ?? [], options.plugins);
  const json = options.json === true && options.events !== '-';
  return [
    ...(options.events === undefined ? [] : [outputs.output('--events', options.events)]).map((output) => ({
      output,
      sink: jsonl(output, { embeddings }),
    })),
    ...(options.csv === undefined ? [] : [outputs.output('--csv', options.csv)]).map((output) => ({
      output,
      sink: csv(output, { attributes }),
    })),
    ...(json ? [outputs.output('--json', '-')] : []).map((output) => ({
      output,
      sink: jsonl(output, { embeddings }),
    })),
  ];
}

/**
 * `fr-stream photos/`: finds, cuts out and embeds the faces of photos that are new or changed, keeps them, and writes
 * the report.
 */
export async function photos(inputs: readonly string[], options: PhotosOptions): Promise<ExitCode> {
  const started = performance.now();
  const quiet = options.quiet === true;
  const tiles = options.tiles ?? PHOTO_TILES;
  const place = galleryOf(options);
  using buckets = await openBuckets(inputs);
  const list = await listAll(inputs, options, buckets);
  const outputs = createOutputs(options);
  outputs.keepMany('a photo', list.files);
  outputs.keep('the list of photos', options.filesFrom);
  const openings = sinksOf(options, outputs);
  const sinks = openings.map(({ sink }) => sink);
  const report = typeof options.report === 'string' ? outputs.output('--report', options.report) : undefined;
  await outputs.check();
  if (options.annotate !== undefined) await keepFromCopies(list, options.annotate);
  await using set = await openLibrary(place, { mode: 'create' });
  const { gallery, photos: library } = set;
  await using machines = await openMachines(options);
  const layout = { ...(await withOwnEmbedder(options, gallery)), tiles, rotationRetry: true };
  await using engine = await createEngineLater(layout);
  gallery.requireEmbedder(engine.embedderCard.id);
  const folder = await facesFolder(library, options.faces);
  await using files = await openFacesFolder(library, folder);
  if (options.faces !== undefined) await rememberFacesFolder(library, options.faces);
  const reports =
    report === undefined ? await defaultReports(options, outputs, folder, library.vault.encrypted) : [report];
  using interrupt = new Interrupt();
  // The report is written last, and another run must not have taken its place by then.
  const asLast = report === undefined ? [] : [{ sink: report, output: report }];
  await using opened = await openAll(outputs, [...openings, ...asLast]);
  void opened;
  const detect = detectOptions(options);
  await using elsewhere =
    machines === undefined
      ? undefined
      : await (
          await import('@fr-stream/cluster')
        ).searchElsewhere({
          ...machines,
          engine: remoteEngine(layout),
          ...(await engineParts(engine)),
          files,
          ...(Object.keys(detect).length > 0 && { detect }),
          ...(buckets !== undefined && { refOf: (path) => buckets.refOf(path) }),
          ...(options.store !== undefined && { keep: { chain: photoChain(engine, tiles, layout) } }),
        });
  const progress = new PhotoProgress(list.paths.length, quiet);
  const failures = await Failures.open(library);
  let summary: ScanSummary;
  try {
    summary = await scanPhotos(list, {
      codec: engine.codec,
      loadModels: engine.load,
      library,
      files,
      chain: photoChain(engine, tiles, layout),
      detect,
      ...(elsewhere !== undefined && { elsewhere: elsewhere.search, concurrency: PHOTOS_ELSEWHERE }),
      signal: interrupt.signal,
      onPhoto: (outcome) => {
        if (outcome.kind === 'skipped') failures.add(outcome.path, outcome.error.message);
        progress.update(outcome);
      },
    });
  } finally {
    progress.stop();
  }
  const scanned = performance.now();
  const asked = sinks.length > 0 || options.annotate !== undefined;
  const { threshold, margin } = decisionRule(engine.embedderCard, options);
  if (asked && (await library.countFaces({ loose: true })) <= MOST_FACES_LABELLED) {
    await gallery.reload();
    await labelStrangers(gallery, library, { threshold, margin, embedder: engine.embedderCard.id });
  }
  await failures.keep();
  // Files that an earlier run told of are no reason to fail each further one.
  let problems = options.strict === true ? failures.count : failures.fresh;
  const rule = { threshold, margin };
  const { people, pairs } = asked
    ? await emitted(list, set, rule, {
        sinks,
        codec: engine.codec,
        analyzers: (options.analyze ?? []).length === 0 ? [] : (await engine.load()).analyzers,
        signal: interrupt.signal,
        onProblem: (error) => {
          problems++;
          say(`${paint.yellow('not copied:')} ${error.message}`);
        },
        overwrite: options.overwrite === true,
        ...(options.annotate !== undefined && { annotate: options.annotate }),
      })
    : await presence(list, set, rule, interrupt.signal);
  const due = interrupt.signal.aborted ? [] : await readable(reports, library, quiet);
  const written = await updateReports(due, { library, gallery, folder, engine });

  if (options.json === true) {
    const seconds = (scanned - started) / 1000;
    const event = {
      schema: 'fr-stream/photos@1',
      ...summary,
      people,
      ...(pairs.length > 0 && { lookAlikes: pairs }),
      seconds,
    };
    printJson(event);
  } else if (!quiet) {
    const { events, csv: rows } = options;
    const taken = events === '-' || rows === '-';
    (taken ? say : print)(...peopleTable(people), summaryLine(summary), ...notLookedAt(summary));
    const seconds = (performance.now() - started) / 1000;
    say(paint.dim(`${seconds.toFixed(1)} s, ${engine.models.join(' + ')}, kept in ${library.path}`));
    say(paint.dim(`cut-outs in ${folder}`));
    for (const path of [options.events, options.csv, options.annotate, ...written]) {
      if (path !== undefined && path !== '-') say(paint.dim(`wrote ${path}`));
    }
  }
  if (!quiet) say(...lookAlikeNotes(pairs, place));
  if (!quiet) say(...failures.notes());
  if (!quiet && options.json !== true) say(...(await nextStep(set, place)));
  if (interrupt.interrupted) return EXIT.interrupted;
  return problems > 0 ? EXIT.partial : EXIT.ok;
}

type NamingRule = Readonly<Record<'threshold' | 'margin', number>>;

async function emitted(
  list: PhotoList,
  { gallery, photos: library }: OpenLibrary,
  rule: NamingRule,
  targets: Omit<EmitTargets, 'lookAlikes'>,
): Promise<PresenceFound> {
  const lookAlikes = new LookAlikeLog(rule.threshold);
  const names = new PhotoNames(gallery, { ...rule, labels: false });
  const people = await emitPhotos(list, library, names, { ...targets, lookAlikes });
  return { people, pairs: lookAlikes.list(gallery) };
}

/** Who is in the photos, as far as names were given: as an earlier run found it, where nothing has changed since. */
async function presence(
  list: PhotoList,
  { gallery, photos: library }: OpenLibrary,
  rule: NamingRule,
  signal: AbortSignal,
): Promise<PresenceFound> {
  if (!gallery.people().some(({ unnamed }) => unnamed !== true)) return { people: [], pairs: [] };
  const key = presenceKey(await library.revision(), list.paths, rule);
  const kept = await keptPresence(library, gallery, key);
  if (kept !== undefined) return kept;
  // What is kept under this key is to be of the people of this moment.
  await gallery.reload();
  const lookAlikes = new LookAlikeLog(rule.threshold);
  const names = new PhotoNames(gallery, { ...rule, labels: false });
  const people = await presenceInPhotos(list, library, names, { lookAlikes, signal });
  const found = { people, pairs: lookAlikes.list(gallery) };
  if (!signal.aborted) await keepPresence(library, gallery, key, found);
  return found;
}

/** Where the faces are kept: `--store` is the gallery of the workers too. @throws ArgumentError */
function galleryOf({ gallery, store, queue }: PhotosOptions): string | undefined {
  if (store === undefined) return gallery;
  const clash =
    queue === undefined ? 'without --queue' : gallery !== undefined ? 'beside --gallery' : undefined;
  if (clash === undefined && isDatabaseUrl(store)) return store;
  throw new ArgumentError(`--store ${clash ?? 'takes the address of a database'}: that cannot be.`, {
    hint: '--queue redis://HOST --store postgres://HOST/DATABASE, which the workers are given too.',
  });
}

/** @throws SourceError, ArgumentError */
async function listAll(
  inputs: readonly string[],
  options: PhotosOptions,
  buckets: BucketPhotos | undefined,
): Promise<PhotoList> {
  if (buckets === undefined) return listInputs(inputs, options);
  if (inputs.every(isBucketUrl) && options.filesFrom === undefined) return buckets.list;
  return joinLists(await listInputs(inputs, options), buckets.list);
}

/** @throws ArgumentError when copies of photos would take the place of photos. */
async function keepFromCopies({ paths, files }: PhotoList, annotate: string): Promise<void> {
  const folder = await realpath(annotate).catch(() => resolve(annotate));
  const nameOf = copyNames(paths);
  const clash = paths.map((path) => join(folder, nameOf(path))).find((path) => files.has(path));
  if (clash === undefined) return;
  throw new ArgumentError(`${clash}: --annotate would write over a photo.`, {
    hint: "Name a folder that is not the photos' own.",
  });
}

/**
 * The reports that lie beside the cut-outs. Several processes may write those of one gallery.
 * @throws SinkError when a file of that name is there that is somebody else's.
 */
async function defaultReports(
  { report = true, overwrite }: PhotosOptions,
  outputs: OutputSet,
  folder: string,
  encrypted: boolean,
): Promise<readonly Output[]> {
  // A report shows faces in the clear: of an encrypted gallery it is written where it is asked for.
  if (report === false || encrypted) return [];
  for (const name of REPORT_NAMES) {
    const path = join(folder, name);
    if (overwrite === true || !existsSync(path) || (await isOurReport(path, name))) continue;
    throw new SinkError(
      'OUTPUT_UNWRITABLE',
      `${path}: it is there already, and is not what fr-stream wrote`,
      {
        hint: 'Choose another folder with --faces, or --no-report, or replace it with --overwrite.',
      },
    );
  }
  return REPORT_NAMES.map((name) => outputs.output('the report', join(folder, name), { shared: true }));
}

/** The reports that make sense for so many faces. */
async function readable(
  reports: readonly Output[],
  library: PhotoStore,
  quiet: boolean,
): Promise<readonly Output[]> {
  const [page, table] = reports;
  if (table === undefined || (await library.countFaces()) <= MOST_FACES_IN_TABLE) return reports;
  // An old one would tell of a smaller set.
  await rm(table.target, { force: true });
  if (!quiet) say(paint.dim('so many faces make no readable table; "fr-stream report faces.md" writes it'));
  return page === undefined ? [] : [page];
}

interface ReportTask {
  readonly library: PhotoStore;
  readonly gallery: Gallery;
  readonly folder: string;
  readonly engine: LaterEngine;
}

/** Writes the reports that are not as they would come out now. @returns those that were written. */
async function updateReports(reports: readonly Output[], task: ReportTask): Promise<readonly string[]> {
  const { library, gallery, folder, engine } = task;
  const due: Output[] = [];
  for (const report of reports) if (!(await isReportCurrent(library, report.target))) due.push(report);
  if (due.length === 0) return [];
  const revision = await library.revision();
  // Somebody may have said who is who while photos were searched.
  await gallery.reload();
  const embedder = engine.embedderCard.id;
  const faces = (await collected(library.outline())).filter((face) => face.embedder === embedder);
  if (faces.length === 0) return [];
  await using index = await openSetIndex(library, faces);
  for (const output of due) {
    await writeReport(output, { library, gallery, faces, index, embedder, folder });
    await noteReport(library, output.target, revision);
  }
  return due.map(({ target }) => target);
}

/** What a user would do now. */
async function nextStep(
  { photos: found, videos }: OpenLibrary,
  gallery: string | undefined,
): Promise<readonly string[]> {
  // Those of videos too: "cluster" takes both, and other commands count both.
  const loose = (await found.countFaces({ loose: true })) + (await videos.countTracks({ loose: true }));
  if (loose < 2) return [];
  const at = galleryFlag(gallery);
  return [`${loose} faces are nobody's yet; group them into people: fr-stream cluster${at}`];
}

function peopleTable(people: readonly Presence[]): readonly string[] {
  const known = people.filter((person) => person.known);
  const width = Math.max(8, ...known.map(({ who }) => who.length));
  return known.map(
    ({ who, frames }) => `${who.padEnd(width)}  ${frames} ${frames === 1 ? 'photo' : 'photos'}`,
  );
}

function summaryLine(summary: ScanSummary): string {
  const { photos: all, searched, faces, unchanged, duplicates, moved, skipped, removed } = summary;
  return (
    `${counted(all, 'photo')}: ${searched} searched (${counted(faces, 'face')}), ${unchanged} unchanged, ` +
    `${counted(duplicates, 'duplicate')}, ${moved === 0 ? '' : `${moved} moved, `}${skipped} skipped, ${removed} removed`
  );
}

/** What was passed over: said, because nothing is to be left out in silence. */
function notLookedAt({ passedOver, severalPages }: ScanSummary): readonly string[] {
  const lines: string[] = [];
  if (passedOver.length > 0) {
    const video = passedOver.find(({ kind }) => kind === 'videos');
    const how =
      video === undefined ? '' : `; videos, such as ${video.example}, are searched by: fr-stream library add`;
    lines.push(`not looked at: ${describePassedOver(passedOver)}${how}`);
  }
  if (severalPages > 0) {
    const photos = severalPages === 1 ? '1 photo holds' : `${severalPages} photos hold`;
    lines.push(`${photos} several pages or frames: the first or main one was searched`);
  }
  return lines;
}
