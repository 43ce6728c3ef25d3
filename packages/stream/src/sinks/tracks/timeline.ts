import { roundTo, safeJson, type FrameFaces } from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import type { OutputTarget } from '../../output/output.js';
import { TextOutput } from '../../output/text-output.js';
import { TrackLog, type PersonTimeline } from './track-log.js';

/** Version of the file's shape, described by `schema/timeline.schema.json`. */
export const TIMELINE_SCHEMA = 'fr-stream/timeline@1';

export interface Timeline {
  readonly schema: typeof TIMELINE_SCHEMA;
  readonly source: string;
  /** Time of the last frame. */
  readonly endMs: number;
  readonly people: readonly {
    readonly who: string;
    readonly known: boolean;
    readonly personId?: string;
    readonly tracks: readonly number[];
    readonly intervals: readonly { readonly fromMs: number; readonly toMs: number }[];
    /** Sum of the intervals' lengths. */
    readonly totalMs: number;
    readonly frames: number;
    readonly bestScore?: number;
  }[];
}

/** One JSON document, written at the end: who was in view when. Names hold for whole tracks. */
export function timeline(output: OutputTarget, log = new TrackLog()): OpenableSink<FrameFaces> {
  const file = new TextOutput(output);
  let source = '';
  let endMs = 0;
  return {
    open: () => file.open(),
    write: async (item) => {
      source ||= item.frame.source;
      endMs = item.frame.timeMs;
      log.add(item);
    },
    close: async () => {
      const people = log.people().map(toEntry);
      const document: Timeline = { schema: TIMELINE_SCHEMA, source, endMs: roundTo(endMs, 1), people };
      await file.write(`${safeJson(document, 2)}\n`);
      await file.close();
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function toEntry(person: PersonTimeline): Timeline['people'][number] {
  const { who, known, personId, tracks, frames, bestScore } = person;
  const intervals = person.intervals.map(({ fromMs, toMs }) => ({
    fromMs: roundTo(fromMs, 1),
    toMs: roundTo(toMs, 1),
  }));
  return {
    who,
    known,
    ...(personId !== undefined && { personId }),
    tracks,
    intervals,
    totalMs: roundTo(
      intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
      1,
    ),
    frames,
    ...(bestScore !== undefined && { bestScore: roundTo(bestScore, 4) }),
  };
}
