import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  analyzeFaces,
  ArgumentError,
  CutDetector,
  detectFaces,
  fromSource,
  labelNumber,
  rememberStrangers,
  runPipeline,
  type FrameFaces,
  type FrameSource,
  type Gallery,
  type RememberedStranger,
  type Sink,
  type SourceInfo,
} from '@fr-stream/core';
import {
  annotatedVideo,
  bestShots,
  csv,
  jsonl,
  mot,
  subtitles,
  timecode,
  timeline,
  trackEvents,
  TrackLog,
  videoFrames,
  type OpenableSink,
  type PersonTimeline,
  type VideoFrameSource,
} from '@fr-stream/stream';
import { identity } from 'rxjs';
import { attributeColumns } from '../ui/attribute-text.js';
import { decisionThreshold } from '@fr-stream/engine';
import { createEngine, type Engine } from '../compose/engine.js';
import { galleryPath, openGallery } from '../compose/open-gallery.js';
import type { EngineOptions } from '../compose/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import {
  LOOK_AHEAD_MARGIN,
  lookAheadFrames,
  MOST_LIVING_FRAMES,
  nameFaces,
  type Naming,
  type TrackerName,
} from '@fr-stream/engine';
import { requireDistinctFiles } from '../compose/output-paths.js';
import { videoAnnotator, type Blur } from '../ui/video-annotator.js';
import { paint } from '../ui/paint.js';
import { PresenceLog, type Presence } from '../ui/presence.js';
import { createProgress, type Progress } from '../ui/progress.js';

export interface TagOptions extends EngineOptions {
  readonly gallery?: string;
  readonly out?: string;
  readonly events?: string;
  readonly csv?: string;
  readonly trackEvents?: string;
  readonly subtitles?: string;
  readonly timeline?: string;
  readonly mot?: string;
  readonly bestShots?: string;
  readonly live?: boolean;
  readonly threshold?: number;
  readonly far?: number;
  readonly margin?: number;
  readonly every?: number;
  readonly tracker?: TrackerName;
  readonly embed?: 'best' | 'every';
  readonly maxFaces?: number;
  readonly minSize?: number;
  readonly minScore?: number;
  readonly start?: number;
  readonly duration?: number;
  readonly fps?: number;
  readonly maxHeight?: number;
  readonly audio?: boolean;
  readonly blur?: Blur;
  readonly boxes?: boolean;
  readonly embeddings?: boolean;
  readonly rememberStrangers?: boolean;
  readonly json?: boolean;
}

function openVideo(input: string, options: TagOptions): VideoFrameSource {
  return videoFrames(input, {
    ...(options.start !== undefined && { startMs: options.start }),
    ...(options.duration !== undefined && { durationMs: options.duration }),
    ...(options.fps !== undefined && { maxFps: options.fps }),
    ...(options.maxHeight !== undefined && { maxHeight: options.maxHeight }),
    ...(options.live === true ? { live: true } : { maxLivingFrames: MOST_LIVING_FRAMES }),
  });
}

function outputs(options: TagOptions, source: VideoFrameSource, engine: Engine): OpenableSink<FrameFaces>[] {
  const sinks: OpenableSink<FrameFaces>[] = [];
  if (options.out !== undefined) {
    const { audio = true } = options;
    sinks.push(annotatedVideo(options.out, { source, audio, annotator: videoAnnotator(options) }));
  } else if (options.blur !== undefined || options.boxes === false) {
    throw new ArgumentError('--blur and --no-boxes say what --out draws, and there is no --out.', {
      hint: 'Add --out FILE.mp4.',
    });
  }
  const embeddings = options.embeddings ?? false;
  if (options.events !== undefined) sinks.push(jsonl(options.events, { embeddings }));
  if (options.csv !== undefined)
    sinks.push(csv(options.csv, { attributes: attributeColumns(options.analyze ?? []) }));
  sinks.push(...trackOutputs(options, engine));
  if (options.json === true && options.events !== '-') sinks.push(jsonl('-', { embeddings }));
  return sinks;
}

/** Option -> path, in the order in which they are reported. */
function outputPaths(options: TagOptions): Readonly<Record<string, string | undefined>> {
  return {
    '--out': options.out,
    '--events': options.events,
    '--csv': options.csv,
    '--track-events': options.trackEvents,
    '--subtitles': options.subtitles,
    '--timeline': options.timeline,
    '--mot': options.mot,
    '--best-shots': options.bestShots,
  };
}

/** Opens all outputs, or none: what cannot be written is known now, not after an hour of work. */
async function openAll(sinks: readonly OpenableSink<FrameFaces>[]): Promise<void> {
  try {
    for (const sink of sinks) await sink.open();
  } catch (error) {
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    throw error;
  }
}

/** @throws ArgumentError when the range that was asked for lies behind the end. */
function requireRange({ source, durationMs }: SourceInfo, start: number | undefined): void {
  if (start === undefined || start === 0 || durationMs !== 0) return;
  throw new ArgumentError(`${source}: it ends before --start ${timecode(start)}.`, {
    hint: 'Begin earlier.',
  });
}

/** What is said of tracks, not of frames. */
function trackOutputs(options: TagOptions, engine: Engine): OpenableSink<FrameFaces>[] {
  const { trackEvents: events, subtitles: cues, timeline: times, mot: boxes, bestShots: shots } = options;
  const asked = [events, cues, times, boxes, shots].some((path) => path !== undefined);
  if (asked && options.tracker === 'none') {
    throw new ArgumentError(
      '--track-events, --subtitles, --timeline, --mot and --best-shots need a tracker.',
      { hint: 'Leave --tracker none away.' },
    );
  }
  return [
    ...(events === undefined ? [] : [trackEvents(events)]),
    ...(cues === undefined ? [] : [subtitles(cues)]),
    ...(times === undefined ? [] : [timeline(times)]),
    ...(boxes === undefined ? [] : [mot(boxes)]),
    ...(shots === undefined ? [] : [bestShots(shots, { codec: engine.codec })]),
  ];
}

/** Tells the progress display and the presence log of every frame. */
class Observer implements Sink<FrameFaces> {
  readonly #presence = new PresenceLog();
  readonly #tracks = new TrackLog();
  readonly #progress: Progress;
  readonly #source: FrameSource;

  constructor(progress: Progress, source: FrameSource) {
    this.#progress = progress;
    this.#source = source;
  }

  /** Who was in view when. With tracks, a name that was found late holds for all of its track. */
  people(tracked: boolean): readonly Presence[] {
    return tracked ? this.#tracks.people().map(toPresence) : this.#presence.summary();
  }

  async write(item: FrameFaces): Promise<void> {
    this.#presence.add(item);
    this.#tracks.add(item);
    this.#progress.update(item, this.#source.dropped);
    if (item.error !== undefined) {
      const where = item.frame.timeMs > 0 ? timecode(item.frame.timeMs) : `frame ${item.frame.index}`;
      this.#progress.note(
        `${paint.yellow('warning:')} ${item.frame.source}, ${where}: ${item.error.message}`,
      );
    }
  }
  async close(): Promise<void> {
    this.#progress.stop();
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

function toPresence({ who, known, intervals, frames, bestScore }: PersonTimeline): Presence {
  return { who, known, intervals, frames, bestScore };
}

function presenceTable(people: readonly Presence[]): string {
  if (people.length === 0) return 'No faces were recognised or labelled.\n';
  const width = Math.max(...people.map(({ who }) => who.length), 8);
  return people
    .map(({ who, known, intervals, frames, bestScore }) => {
      const name = who.padEnd(width);
      const shown = intervals.slice(0, 6).map(({ fromMs, toMs }) => `${timecode(fromMs)}-${timecode(toMs)}`);
      if (intervals.length > shown.length) shown.push(`and ${intervals.length - shown.length} more`);
      const score = bestScore === undefined ? '' : `  best ${bestScore.toFixed(2)}`;
      const times = shown.join(', ');
      return `${known ? paint.green(name) : paint.dim(name)}  ${times}  ${paint.dim(`${frames} frames${score}`)}\n`;
    })
    .join('');
}

/** Keeps the strangers who are strangers still, now that late names are known. */
async function keepStrangers(
  gallery: Gallery,
  engine: Engine,
  naming: Naming,
  source: string,
  people: readonly Presence[],
): Promise<readonly RememberedStranger[]> {
  const where = new Map(
    people
      .filter(({ known }) => !known)
      .map(({ who, intervals }) => {
        const [from, to] = [intervals.at(0)?.fromMs ?? 0, intervals.at(-1)?.toMs ?? 0];
        return [who, `${timecode(from)}-${timecode(to)}`];
      }),
  );
  const sightings = naming.strangers
    .sightings()
    .filter(({ label }) => where.has(label))
    .sort((a, b) => labelNumber(a.label) - labelNumber(b.label));
  return rememberStrangers(gallery, sightings, {
    embedder: engine.embedder.id,
    // The same file by another path is the same video.
    source: existsSync(source) ? resolve(source) : source,
    where,
  });
}

function rememberedNote(remembered: readonly RememberedStranger[]): string {
  const fresh = remembered.filter(({ isNew }) => isNew).map(({ kept }) => kept);
  const renamed = remembered.filter(({ label, kept }) => label !== kept);
  const notes = renamed.map(({ label, kept }) => `${label} is kept as ${kept}: another run took the label\n`);
  const name = fresh.length === 0 ? '' : `; name them: fr-stream name ${fresh[0]} "Ada"`;
  return (
    notes.join('') + paint.dim(`${remembered.length} strangers remembered, ${fresh.length} new${name}\n`)
  );
}

/** `fr-stream <video>`: tags the faces of a video or camera. */
export async function tag(input: string, options: TagOptions): Promise<ExitCode> {
  const quiet = options.quiet === true;
  const started = performance.now();
  await requireDistinctFiles(outputPaths(options), {
    'the input': input,
    'the gallery': galleryPath(options.gallery),
  });
  await using gallery = await openGallery(options.gallery, {
    mode: options.rememberStrangers === true ? 'create' : 'read',
  });
  await using engine = await createEngine(options);
  gallery.requireEmbedder(engine.embedder.id);
  await using source = openVideo(input, options);
  const info = await source.info();
  requireRange(info, options.start);
  const sinks = outputs(options, source, engine);
  await openAll(sinks);

  if (!quiet) {
    const size = info.width === undefined ? '' : ` ${info.width}x${info.height}`;
    const everybody = gallery.people();
    const people = everybody.filter(({ unnamed }) => unnamed !== true).length;
    const strangers = everybody.length - people;
    process.stderr.write(
      `${paint.bold(info.source)}${size}, ${engine.models.join(' + ')} on ${engine.provider}, ` +
        `${people === 0 ? 'nobody enrolled' : `${people} enrolled`}` +
        `${strangers === 0 ? '' : `, ${strangers} unnamed`}\n`,
    );
  }

  using interrupt = new Interrupt();
  const threshold = decisionThreshold(options, engine);
  const progress = createProgress(info, quiet);
  const observer = new Observer(progress, source);
  const { every, maxFaces, minSize } = options;
  const tracker = options.tracker ?? 'appearance';
  const live = source.live || tracker === 'none';
  const held = live ? 0 : lookAheadFrames(info);
  const naming = await nameFaces(engine, gallery, {
    tracker,
    threshold,
    lookAhead: held,
    ...(options.embed !== undefined && { embed: options.embed }),
    ...(options.margin !== undefined && { margin: options.margin }),
  });
  // A live frame waits for no more than the one before it.
  const inFlight = source.live ? 2 : held + LOOK_AHEAD_MARGIN;
  const pipeline = fromSource(source, { signal: interrupt.signal, inFlight }).pipe(
    detectFaces(engine.detector, {
      ...(every !== undefined && { every }),
      ...(maxFaces !== undefined && { maxFaces }),
      ...(minSize !== undefined && { minSize }),
      ...(options.minScore !== undefined && { scoreThreshold: options.minScore }),
      ...(tracker !== 'none' && { cuts: new CutDetector() }),
    }),
    naming.operator,
    engine.analyzers.length > 0 ? analyzeFaces(engine.analyzers) : identity,
  );
  const summary = await runPipeline(pipeline, [...sinks, observer]);

  const problem = source.problem;
  const people = observer.people(tracker !== 'none');
  const remembered =
    options.rememberStrangers === true
      ? await keepStrangers(gallery, engine, naming, info.source, people)
      : undefined;
  if (options.json === true) {
    const event = {
      schema: 'fr-stream/summary@1',
      source: info.source,
      ...summary,
      dropped: source.dropped,
      people,
      ...(remembered !== undefined && { remembered }),
    };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  } else if (!quiet) {
    process.stdout.write(presenceTable(people));
  }
  if (remembered !== undefined && !quiet) process.stderr.write(rememberedNote(remembered));
  if (problem !== undefined) process.stderr.write(`${paint.yellow('warning:')} ${problem.message}\n`);
  if (!quiet) {
    const seconds = (performance.now() - started) / 1000;
    const dropped = source.dropped > 0 ? `, ${source.dropped} dropped` : '';
    process.stderr.write(
      paint.dim(
        `${summary.frames} frames, ${summary.faces} faces in ${seconds.toFixed(1)} s ` +
          `(${(summary.frames / seconds).toFixed(1)} frames/s), ${naming.embedded()} embedded${dropped}\n`,
      ),
    );
    for (const path of Object.values(outputPaths(options))) {
      if (path !== undefined && path !== '-') process.stderr.write(paint.dim(`wrote ${path}\n`));
    }
  }
  if (interrupt.signal.aborted) return EXIT.interrupted;
  return problem !== undefined || summary.failed > 0 ? EXIT.partial : EXIT.ok;
}
