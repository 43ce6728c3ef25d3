import { resolve } from 'node:path';
import { collected, defined, type LibraryTrack } from '@fr-stream/core';
import { decisionRule, PhotoNames, type VideoOptions } from '@fr-stream/engine';
import { addVideo } from '@fr-stream/library';
import { probeVideo } from '@fr-stream/stream';
import { createEngine, type Engine } from '../compose/engine.js';
import { facesFolder, openFacesFolder } from '../compose/faces-folder.js';
import { openLibrary, type OpenLibrary } from '../compose/open-library.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { print, say } from '../ui/terminal.js';
import { VideoProgress } from '../ui/video-progress.js';
import { chainOf, partsChain } from './keep-in-library.js';
import { OUTPUTS, type TagOptions } from './tag-options.js';
import { greeting, presenceTable, resumedNote, type PresenceLine } from './tag-report.js';

/** What needs every frame of a run, besides the library. */
const OF_FRAMES = [
  ...OUTPUTS,
  'sink',
  'json',
  'rememberStrangers',
  'analyze',
  'maxHeight',
  'queue',
  'record',
] as const satisfies readonly (keyof TagOptions)[];

/** Whether a run only keeps who is in a video: it goes on where an earlier one was killed. */
export function isForLibraryOnly(options: TagOptions): boolean {
  return options.library === true && OF_FRAMES.every((key) => !isGiven(options[key]));
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/** `fr-stream VIDEO --library`, with no other output: as `library add` searches it, and says who is in it. */
export async function tagIntoLibrary(
  input: string,
  options: TagOptions,
  settings: Omit<VideoOptions, 'live' | 'info'>,
  shared?: Engine,
): Promise<ExitCode> {
  const quiet = options.quiet === true;
  const started = performance.now();
  const path = resolve(input);
  const info = await probeVideo(input);
  await using library = await openLibrary(options.gallery, { mode: 'create' });
  const models = shared === undefined ? await withOwnEmbedder(options, library.gallery) : options;
  await using own = shared === undefined ? await createEngine(models) : undefined;
  const engine = own ?? shared;
  if (engine === undefined) throw new TypeError('a run needs models');
  const { gallery, videos } = library;
  gallery.requireEmbedder(engine.embedder.id);
  await using files = await openFacesFolder(library.photos, await facesFolder(library.photos, undefined));
  using interrupt = new Interrupt(undefined, 'Stopping; what is finished of the video is kept ...');
  const chain = chainOf(engine, models);
  const rule = decisionRule(engine.embedderCard, defined(settings));
  if (!quiet) say(greeting({ source: input, width: info.width, height: info.height }, engine, gallery));
  const progress = new VideoProgress(1, quiet);
  const outcome = await addVideo(path, {
    library: videos,
    gallery,
    engine,
    codec: engine.codec,
    files,
    chain,
    partsChain: partsChain(chain, options),
    rule,
    video: settings,
    signal: interrupt.signal,
    ...defined({ maxFps: options.fps }),
    onProgress: (at, timeMs, durationMs) => progress.at(at, timeMs, durationMs),
    onResumed: (_, timeMs) => progress.note(resumedNote(timeMs)),
  })
    .catch((error: unknown) => {
      if (interrupt.interrupted) return undefined;
      throw error;
    })
    .finally(() => progress.stop());
  if (outcome === undefined || outcome.kind === 'skipped') return EXIT.interrupted;
  const tracks = outcome.kind === 'searched' ? outcome.tracks : await tracksOf(path, library);
  const names = new PhotoNames(gallery, { ...rule, labels: false });
  const lines: PresenceLine[] = [];
  for (const track of tracks) lines.push(await presenceOf(track, names));
  if (quiet) return EXIT.ok;
  print(...presenceTable(lines.sort((a, b) => Number(b.known) - Number(a.known))));
  const seconds = (performance.now() - started) / 1000;
  const kept = `${counted(tracks.length, 'face')} kept in the library, ${seconds.toFixed(1)} s`;
  say(paint.dim(outcome.kind === 'searched' ? kept : `searched before: ${kept}`));
  if (outcome.kind !== 'searched' || outcome.warning === undefined) return EXIT.ok;
  say(`${paint.yellow('warning:')} ${outcome.warning}`);
  return EXIT.partial;
}

async function tracksOf(path: string, { videos }: OpenLibrary): Promise<readonly LibraryTrack[]> {
  const hashes = (await collected(videos.videos({ paths: [path] }))).map(({ hash }) => hash);
  return collected(videos.tracks({ hashes }));
}

/** Who a track is by now. */
async function presenceOf(track: LibraryTrack, names: PhotoNames): Promise<PresenceLine> {
  const { best, spans: intervals, ...rest } = track;
  const [named] = await names.of([{ ...rest, detection: best.detection, quality: best.quality }]);
  const identity = named?.identity;
  if (identity?.kind === 'known') {
    const bestScore = track.personId === undefined ? identity.score : undefined;
    return { who: identity.name, known: true, intervals, bestScore };
  }
  return { who: identity?.label ?? track.label ?? track.id, known: false, intervals, bestScore: undefined };
}
