import { ArgumentError, type FrameFaces } from '@fr-stream/core';
import {
  annotatedVideo,
  bestShots,
  csv,
  jsonl,
  mot,
  subtitles,
  timeline,
  trackEvents,
  type OpenableSink,
  type VideoFrameSource,
} from '@fr-stream/stream';
import type { Engine } from '../compose/engine.js';
import { attributeColumns } from '../ui/attribute-text.js';
import { videoAnnotator } from '../ui/video-annotator.js';
import type { TagOptions } from './tag-options.js';

/** The sinks that the options ask for, none of them open yet. @throws ArgumentError for options that contradict. */
export function outputs(
  options: TagOptions,
  source: VideoFrameSource,
  engine: Engine,
): OpenableSink<FrameFaces>[] {
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
export function outputPaths(options: TagOptions): Readonly<Record<string, string | undefined>> {
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
export async function openAll(sinks: readonly OpenableSink<FrameFaces>[]): Promise<void> {
  try {
    for (const sink of sinks) await sink.open();
  } catch (error) {
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    throw error;
  }
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
