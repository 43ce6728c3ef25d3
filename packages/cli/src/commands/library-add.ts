import { collected, defined, type SourceError } from '@fr-stream/core';
import { decisionRule } from '@fr-stream/engine';
import { listVideos, scanVideos, type VideoOutcome, type VideoScanSummary } from '@fr-stream/library';
import { knownMounts, scanPhotos, timecode, type OutputFolder, type ScanSummary } from '@fr-stream/stream';
import { createEngineLater, type LaterEngine } from '../compose/engine.js';
import { facesFolder, openFacesFolder } from '../compose/faces-folder.js';
import { isBelow } from '../compose/is-below.js';
import { listPhotosOf } from '../compose/list-photos-of.js';
import { galleryFlag } from '../compose/gallery-place.js';
import { openLibrary, type OpenLibrary } from '../compose/open-library.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import type { EngineOptions } from '../compose/options.js';
import { PHOTO_TILES } from '../compose/photo-inputs.js';
import { Failures } from '../compose/known-failures.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { paint } from '../ui/paint.js';
import { PhotoProgress } from '../ui/photo-progress.js';
import { counted } from '../ui/counted.js';
import { print, printJson, say } from '../ui/terminal.js';
import { VideoProgress } from '../ui/video-progress.js';
import { othersMounted, whyAway } from './library-show.js';
import { photoChain } from './photos.js';
import { resumedNote } from './tag-report.js';

export interface LibraryAddOptions extends EngineOptions {
  readonly gallery?: string;
  readonly photos?: boolean;
  readonly videos?: boolean;
  readonly fps?: number;
  readonly every?: number;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** What the tracks of a video depend on besides the video. */
export function videoChain(
  engine: Pick<LaterEngine, 'models'>,
  { accurate, fps, every, detectorSize, tiles }: Omit<LibraryAddOptions, 'gallery'>,
): string {
  return JSON.stringify([
    'video',
    engine.models,
    defined({ accurate: accurate === true ? true : undefined, fps, every, detectorSize, tiles }),
  ]);
}

/** `fr-stream library add`: searches what is new of an archive's photos and videos, and keeps who is in them. */
export async function libraryAdd(inputs: readonly string[], options: LibraryAddOptions): Promise<ExitCode> {
  const { json = false, quiet = false } = options;
  const started = performance.now();
  const problems: SourceError[] = [];
  const photoList = options.photos === false ? undefined : await listPhotosOf(inputs);
  const videoList = await listVideos(options.videos === false ? [] : inputs, (_, error) =>
    problems.push(error),
  );
  await using library = await openLibrary(options.gallery, { mode: 'create' });
  const models = await withOwnEmbedder(options, library.gallery);
  await using engine = await createEngineLater(models);
  library.gallery.requireEmbedder(engine.embedderCard.id);
  await using files = await openFacesFolder(library.photos, await facesFolder(library.photos, undefined));
  using interrupt = new Interrupt();
  const failures = await Failures.open(library.photos);
  for (const error of problems) failures.add(error.message, error.message);
  const work = { library, engine, files, failures, signal: interrupt.signal, options: models };
  const photos = photoList === undefined ? undefined : await addPhotos(photoList, work);
  const videos =
    interrupt.interrupted || videoList.paths.length + videoList.complete.length === 0
      ? undefined
      : await addVideos(videoList, work);
  await failures.keep();

  const seconds = (performance.now() - started) / 1000;
  if (json) printJson({ schema: 'fr-stream/library@1', ...defined({ photos, videos }), seconds });
  else if (!quiet) {
    print(...summaryLines(photos, videos));
    if ((photos?.photos ?? 0) + (videos?.videos ?? 0) === 0) say(...(await nothingThere(library, inputs)));
    say(paint.dim(`${seconds.toFixed(1)} s, ${engine.models.join(' + ')}, kept in ${library.photos.path}`));
    say(...(await nextSteps(library, options.gallery)));
  }
  if (!quiet) say(...failures.notes());
  if (interrupt.interrupted) return EXIT.interrupted;
  return failures.count > 0 && (failures.fresh > 0 || options.strict === true) ? EXIT.partial : EXIT.ok;
}

interface Work {
  readonly library: OpenLibrary;
  readonly engine: LaterEngine;
  readonly files: OutputFolder;
  readonly failures: Failures;
  readonly signal: AbortSignal;
  readonly options: LibraryAddOptions;
}

async function addPhotos(
  list: Parameters<typeof scanPhotos>[0],
  { library, engine, files, failures, signal, options }: Work,
): Promise<ScanSummary> {
  const tiles = options.tiles ?? PHOTO_TILES;
  const progress = new PhotoProgress(list.paths.length, options.quiet === true || options.json === true);
  try {
    return await scanPhotos(list, {
      codec: engine.codec,
      loadModels: async () => {
        const { detectorWith, ...models } = await engine.load();
        return { ...models, detector: detectorWith({ tiles, rotationRetry: true }) };
      },
      library: library.photos,
      files,
      chain: photoChain(engine, tiles, options),
      signal,
      onPhoto: (outcome) => {
        if (outcome.kind === 'skipped') failures.add(outcome.path, outcome.error.message);
        progress.update(outcome);
      },
    });
  } finally {
    progress.stop();
  }
}

async function addVideos(
  list: Parameters<typeof scanVideos>[0],
  { library, engine, files, failures, signal, options }: Work,
): Promise<VideoScanSummary> {
  const { quiet = false, json = false, fps, every } = options;
  const progress = new VideoProgress(list.paths.length, quiet || json);
  const { threshold, linkThreshold } = decisionRule(engine.embedderCard, {});
  try {
    return await scanVideos(list, {
      library: library.videos,
      gallery: library.gallery,
      engine: engine.load,
      codec: engine.codec,
      files,
      chain: videoChain(engine, options),
      rule: { threshold, linkThreshold },
      video: defined({ every }),
      signal,
      ...(fps !== undefined && { maxFps: fps }),
      onProgress: (path, timeMs, durationMs) => progress.at(path, timeMs, durationMs),
      onResumed: (path, timeMs) => {
        if (!quiet && !json) progress.note(`${path}: ${resumedNote(timeMs)}`);
      },
      onVideo: (outcome) => {
        progress.done();
        if (outcome.kind === 'skipped') failures.add(outcome.path, outcome.error.message);
        if (json) printJson(videoEvent(outcome, library));
        else if (!quiet) for (const line of videoLines(outcome, library)) progress.note(line);
      },
    });
  } finally {
    progress.stop();
  }
}

function videoEvent(outcome: VideoOutcome, { gallery }: OpenLibrary): object {
  const schema = 'fr-stream/library-video@1';
  if (outcome.kind === 'skipped')
    return { schema, kind: outcome.kind, path: outcome.path, error: outcome.error.message };
  if (outcome.kind !== 'searched') return { schema, ...outcome };
  const people = outcome.tracks.map(({ id, personId, label, spans }) => ({
    who: (personId === undefined ? undefined : gallery.find(personId)?.name) ?? label ?? id,
    track: id,
    spans: spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
  }));
  return { schema, kind: outcome.kind, path: outcome.path, people, ...defined({ warning: outcome.warning }) };
}

function videoLines(outcome: VideoOutcome, { gallery }: OpenLibrary): readonly string[] {
  switch (outcome.kind) {
    case 'skipped':
      return [`${paint.yellow('skipped:')} ${outcome.error.message}`];
    case 'moved':
      return [`moved: ${outcome.path}, before ${outcome.from}`];
    case 'searched': {
      const names = outcome.tracks.map(({ personId, label, spans: [first] }) => {
        const who = (personId === undefined ? undefined : gallery.find(personId)?.name) ?? label ?? '?';
        return `${who} ${timecode(first.fromMs)}`;
      });
      const shown = names.length > 8 ? [...names.slice(0, 8), `and ${names.length - 8} more`] : names;
      const lines = [`${outcome.path}: ${shown.length === 0 ? 'nobody' : shown.join(', ')}`];
      if (outcome.warning !== undefined) lines.push(`${paint.yellow('warning:')} ${outcome.warning}`);
      return lines;
    }
    case 'unchanged':
    case 'duplicate':
      return [];
  }
}

function summaryLines(
  photos: ScanSummary | undefined,
  videos: VideoScanSummary | undefined,
): readonly string[] {
  const line = (
    what: string,
    { searched, unchanged, duplicates, moved, skipped, removed }: Omit<VideoScanSummary, 'videos' | 'tracks'>,
    found: string,
  ): string => {
    const copies = { [duplicates === 1 ? 'duplicate' : 'duplicates']: duplicates };
    const counts = { unchanged, ...copies, moved, skipped, removed };
    const more = Object.entries(counts).filter(([, n]) => n > 0);
    return [`${what}: ${searched} searched (${found})`, ...more.map(([name, n]) => `${n} ${name}`)].join(
      ', ',
    );
  };
  return [
    ...(photos === undefined
      ? []
      : [line(counted(photos.photos, 'photo'), photos, counted(photos.faces, 'face'))]),
    ...(videos === undefined
      ? []
      : [line(counted(videos.videos, 'video'), videos, counted(videos.tracks, 'face'))]),
  ];
}

/** Why nothing was searched: files of before that lie there cannot be reached, or there are none. */
async function nothingThere(
  { photos, videos }: OpenLibrary,
  inputs: readonly string[],
): Promise<readonly string[]> {
  const paths = [...(await collected(photos.photos())), ...(await collected(videos.videos()))].map(
    ({ path }) => path,
  );
  const known = paths.filter((path) => inputs.some((input) => isBelow(path, input)));
  if (known.length === 0) return [`${paint.yellow('note:')} no photos and no videos there`];
  const why = whyAway(await othersMounted([], await knownMounts(photos)));
  const them = known.length === 1 ? 'it stays' : 'they stay';
  return [
    `${paint.yellow('note:')} ${counted(known.length, 'file')} of the library cannot be reached there now (${why}); ${them} in it`,
  ];
}

/** What a user would do now. */
async function nextSteps(
  { photos, videos }: OpenLibrary,
  gallery: string | undefined,
): Promise<readonly string[]> {
  const loose = (await photos.countFaces({ loose: true })) + (await videos.countTracks({ loose: true }));
  if (loose < 2) return [];
  const at = galleryFlag(gallery);
  return [`${loose} faces are nobody's yet; group them into people: fr-stream cluster${at}`];
}
