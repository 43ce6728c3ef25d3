import { ArgumentError, defined, type FrameFaces, type Hindsight, type SourceInfo } from '@fr-stream/core';
import { Plugins } from '@fr-stream/engine';
import {
  annotatedVideo,
  bestShots,
  csv,
  jsonl,
  mot,
  segmentedVideo,
  subtitles,
  timeline,
  trackEvents,
  TrackLog,
  type OpenableSink,
  type Output,
  type OutputSet,
  type Redraw,
  type VideoFrameSource,
} from '@fr-stream/stream';
import type { Engine } from '../compose/engine.js';
import { attributeColumns } from '../ui/attribute-text.js';
import { videoAnnotator } from '../ui/video-annotator.js';
import type { TagOptions } from './tag-options.js';
import type { TagSource } from './tag-source.js';

/** @throws ArgumentError when options ask for what nothing writes. */
export function requireUse(options: TagOptions): void {
  // A configuration is there for runs with and without --out.
  const given = (key: 'blur' | 'boxes' | 'codec' | 'crf' | 'outRange' | 'segment'): boolean =>
    options[key] !== undefined && options[key] !== true && options.fromConfig?.has(key) !== true;
  const ofCopy = (['blur', 'boxes', 'codec', 'crf', 'outRange', 'segment'] as const).some(given);
  if (options.segment !== undefined && options.out === '-') {
    throw new ArgumentError('--segment needs names, and --out - has none.', {
      hint: 'Name a file: --out cam.mp4.',
    });
  }
  if (options.out === undefined && ofCopy) {
    throw new ArgumentError(
      '--blur, --no-boxes, --codec, --crf, --out-range and --segment say how --out is made, and there is no --out.',
      {
        hint: 'Add --out FILE.mp4.',
      },
    );
  }
  const ofTracks = TRACK_OUTPUTS.some((key) => options[key] !== undefined);
  if (ofTracks && options.tracker === 'none') {
    throw new ArgumentError(
      '--track-events, --subtitles, --timeline, --mot and --best-shots need a tracker.',
      { hint: 'Leave --tracker none away.' },
    );
  }
}

const TRACK_OUTPUTS = ['trackEvents', 'subtitles', 'timeline', 'mot', 'bestShots'] as const;

/** What a run's sinks are made of. */
export interface TagRun {
  readonly source: TagSource;
  readonly info: SourceInfo;
  readonly engine: Engine;
  readonly hindsight: Hindsight;
  /** Whether more may be known of its faces when it is over. */
  readonly wholeFile: boolean;
  /** How to draw `--out` again when more is known of its faces; undefined for what can be read once only. */
  readonly redraw?: Redraw;
}

type MakeSink = (run: TagRun) => OpenableSink<FrameFaces>;

/** What the run writes; made when source and models are there. */
export interface TagSink {
  readonly make: MakeSink;
  /** Undefined for sinks that write files of their own, such as pictures. */
  readonly output?: Output;
}

export function tagSinks(options: TagOptions, outputs: OutputSet): readonly TagSink[] {
  const { embeddings = false, audio = true } = options;
  const sinks: TagSink[] = [];
  const add = (
    option: string,
    target: string | undefined,
    make: (output: Output, run: TagRun, log: () => TrackLog) => OpenableSink<FrameFaces>,
  ): void => {
    if (target === undefined) return;
    const output = outputs.output(option, target);
    sinks.push({
      output,
      make: (run) => make(output, run, () => new TrackLog({ hindsight: run.hindsight })),
    });
  };
  const { out, segment } = options;
  const video = {
    audio,
    annotator: videoAnnotator(options),
    ...(options.codec !== undefined && { codec: options.codec }),
    ...(options.crf !== undefined && { crf: options.crf }),
    ...(options.outRange !== undefined && { range: options.outRange }),
  };
  // A plugin's source has no file to take sound from, and only says how fast it is.
  const from = ({ source, info: { fps }, redraw }: TagRun) => ({
    ...(isVideoSource(source) ? { source } : defined({ fps })),
    ...defined({ redraw }),
  });
  if (out !== undefined && segment !== undefined) {
    const output = (name: string): Output => outputs.output('--out', name);
    sinks.push({
      make: (run) =>
        segmentedVideo(out, {
          ...video,
          ...from(run),
          segmentMs: segment,
          byClock: run.source.live,
          output,
        }),
    });
  } else {
    add('--out', out, (output, run) => annotatedVideo(output, { ...video, ...from(run) }));
  }
  add('--events', options.events, (output, run) => jsonl(output, { embeddings, ...revision(run) }));
  const attributes = attributeColumns(options.analyze ?? [], options.plugins);
  add('--csv', options.csv, (output, run) => csv(output, { attributes, ...revision(run) }));
  add('--track-events', options.trackEvents, (output, run) => trackEvents(output, revision(run)));
  add('--subtitles', options.subtitles, (output, _, log) =>
    // They belong to the copy where there is one, and else to the input.
    subtitles(output, out === undefined ? {} : { originMs: options.start ?? 0 }, log()),
  );
  add('--timeline', options.timeline, (output, _, log) => timeline(output, log()));
  add('--mot', options.mot, (output, run) => mot(output, revision(run)));
  const shots = options.bestShots;
  if (shots !== undefined) {
    sinks.push({
      make: ({ engine: { codec }, hindsight }) => bestShots(shots, { codec }, new TrackLog({ hindsight })),
    });
  }
  const { plugins = new Plugins() } = options;
  for (const text of options.sink ?? []) sinks.push({ make: pluginSink(text, plugins) });
  if (options.json === true && options.events !== '-') {
    add('--json', '-', (output, run) => jsonl(output, { embeddings, ...revision(run) }));
  }
  return sinks;
}

/** A camera says nothing that it takes back, and would fill the disk with what it said. */
function revision({ wholeFile, hindsight }: TagRun): { readonly hindsight?: Hindsight } {
  return wholeFile ? { hindsight } : {};
}

/** Whether it is a file that can be read a second time. */
export function isReadAgain(source: TagSource): boolean {
  return !source.live && isVideoSource(source) && source.reopenable !== undefined;
}

function isVideoSource(source: TagSource): source is VideoFrameSource {
  return 'reopenable' in source;
}

/** @param text `name`, or `name=target`. @throws ArgumentError when no plugin has such a sink. */
function pluginSink(text: string, plugins: Plugins): MakeSink {
  const split = text.indexOf('=');
  const create = plugins.sink(split < 0 ? text : text.slice(0, split));
  const target = split < 0 ? undefined : text.slice(split + 1);
  return ({ engine: { codec } }) => {
    const sink = create({ target, codec });
    return {
      open: async () => sink.open?.(),
      write: (item) => sink.write(item),
      close: () => sink.close(),
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  };
}

/** The options that write something to standard output while the run goes on. */
export function streamsToStdout(options: TagOptions): boolean {
  const { out, events, csv: rows, trackEvents: tracks, timeline: times, mot: boxes } = options;
  return [out, events, rows, tracks, times, boxes].includes('-');
}

/** True when all that the run makes goes to standard output: it is of no use when nobody reads that any more. */
export function onlyStdout(options: TagOptions): boolean {
  const {
    out,
    events,
    csv: rows,
    trackEvents: tracks,
    subtitles: cues,
    timeline: times,
    mot: boxes,
  } = options;
  const files = [out, events, rows, tracks, cues, times, boxes, options.bestShots];
  const asked = options.json === true || streamsToStdout(options);
  return (
    asked && options.rememberStrangers !== true && files.every((path) => path === undefined || path === '-')
  );
}
