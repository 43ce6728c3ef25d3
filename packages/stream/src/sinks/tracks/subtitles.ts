import { extname } from 'node:path';
import { ArgumentError, itemAt, later, safeText, type FrameFaces } from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import { Output, type OutputTarget } from '../../output/output.js';
import { TextOutput } from '../../output/text-output.js';
import { TrackLog, type PersonTimeline } from './track-log.js';

export type SubtitleFormat = 'vtt' | 'srt';

export interface Cue {
  readonly fromMs: number;
  readonly toMs: number;
  readonly names: readonly string[];
}

export interface SubtitlesOptions {
  /** Default: by the file's ending, `.vtt` or `.srt`. */
  readonly format?: SubtitleFormat;
  /** Time of the source that the subtitles call 0, in milliseconds: where a copy that they belong to begins. Default 0. */
  readonly originMs?: number;
  /** Also name strangers by their labels. Default true. */
  readonly strangers?: boolean;
}

/**
 * Who is in view, as subtitles: WebVTT (W3C) or SubRip. Written at the end, when every track's name is known; a new
 * cue begins whenever somebody comes or goes.
 *
 * @param output a path or a stream; a stream needs `format`.
 * @throws ArgumentError when the format is neither given nor told by the path.
 */
export function subtitles(
  output: OutputTarget,
  options: SubtitlesOptions = {},
  log = new TrackLog(),
): OpenableSink<FrameFaces> {
  const format = options.format ?? formatOf(output);
  const file = new TextOutput(output);
  let lastMs = 0;
  let stepMs = 40;
  /** Of the source's own beginning. */
  let beganAt: string | undefined;
  return {
    open: () => file.open(),
    write: async (item) => {
      if (item.frame.timeMs > lastMs) stepMs = Math.min(1000, item.frame.timeMs - lastMs);
      lastMs = item.frame.timeMs;
      const { capturedAt, timeMs } = item.frame;
      beganAt ??= capturedAt && later(capturedAt, -timeMs);
      log.add(item);
    },
    close: async () => {
      const people = log.people().filter(({ known }) => known || options.strangers !== false);
      // A face seen in one frame was there until the next.
      const cues = shifted(cuesOf(people, stepMs), options.originMs ?? 0);
      await file.write(formatCues(cues, format, beganAt && later(beganAt, options.originMs ?? 0)));
      await file.close();
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function formatOf(output: OutputTarget): SubtitleFormat {
  const name = typeof output === 'string' ? output : output instanceof Output ? output.target : 'stream';
  const ending = extname(name).toLowerCase();
  if (ending === '.vtt' || ending === '.srt') return ending === '.vtt' ? 'vtt' : 'srt';
  throw new ArgumentError(`${name}: the subtitle format is not known.`, {
    hint: 'Name the file .vtt or .srt.',
  });
}

/** @param holdMs by which each interval is prolonged at its end. */
export function cuesOf(people: readonly PersonTimeline[], holdMs: number): readonly Cue[] {
  const stays = people.flatMap(({ who, intervals }) =>
    intervals.map(({ fromMs, toMs }) => ({ who, fromMs, toMs: toMs + holdMs })),
  );
  const times = [...new Set(stays.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].sort((a, b) => a - b);
  const cues: { fromMs: number; toMs: number; names: readonly string[] }[] = [];
  times.slice(1).forEach((toMs, i) => {
    const fromMs = itemAt(times, i);
    const names = stays.filter((stay) => stay.fromMs <= fromMs && stay.toMs > fromMs).map(({ who }) => who);
    if (names.length === 0) return;
    const last = cues.at(-1);
    if (last?.toMs === fromMs && last.names.join('\n') === names.join('\n')) last.toMs = toMs;
    else cues.push({ fromMs, toMs, names });
  });
  return cues;
}

function shifted(cues: readonly Cue[], originMs: number): readonly Cue[] {
  return cues.map(({ fromMs, toMs, names }) => ({ fromMs: fromMs - originMs, toMs: toMs - originMs, names }));
}

/** @param beganAt when 0 was on the clock of the wall; WebVTT has a place for that. */
export function formatCues(cues: readonly Cue[], format: SubtitleFormat, beganAt?: string): string {
  const text = format === 'vtt' ? escapeVtt : (name: string): string => oneLine(name);
  const blocks = cues.map(({ fromMs, toMs, names }, i) => {
    const [from, to] = [stamp(fromMs, format), stamp(toMs, format)];
    const number = format === 'srt' ? `${i + 1}\n` : '';
    return `${number}${from} --> ${to}\n${names.map(text).join(', ')}\n`;
  });
  if (format === 'srt') return blocks.join('\n');
  const note = beganAt === undefined ? [] : [`NOTE 00:00:00.000 is ${beganAt}\n`];
  return ['WEBVTT\n', ...note, ...blocks].join('\n');
}

function oneLine(name: string): string {
  return safeText(name.replace(/\s+/g, ' ').trim());
}

function escapeVtt(name: string): string {
  return oneLine(name).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** `00:01:02.345`; SubRip has a comma. */
function stamp(ms: number, format: SubtitleFormat): string {
  const whole = Math.max(0, Math.round(ms));
  const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const clock = [
    Math.floor(whole / 3_600_000),
    Math.floor(whole / 60_000) % 60,
    Math.floor(whole / 1000) % 60,
  ];
  return `${clock.map((value) => pad(value, 2)).join(':')}${format === 'srt' ? ',' : '.'}${pad(whole % 1000, 3)}`;
}
