import type { Box, Detection } from '../contracts/face.js';
import { iou } from '../geometry/box.js';
import { interpolateBox } from './box-filter.js';
import type { FrameMark } from './late-faces.js';

/** What was seen in a frame, little of it sure. */
export interface Glimpse {
  readonly frame: FrameMark;
  /** What it found, with less certainty than what it reports. */
  readonly traces: readonly Detection[];
  /** Faces that are shown in it. */
  readonly shown: readonly Box[];
}

/** Where a face is in a frame. */
export interface Place {
  readonly frame: FrameMark;
  readonly box: Box;
}

/** A trace is of the face from this IoU with where that is expected. */
const SAME_FACE = 0.3;
/** Two traces further apart say nothing of what lies between. */
const BRIDGE_MS = 400;
/** Where nobody was seen before: a trace is one from this score, 0..1, ... */
const SURE_TRACE = 0.4;
/** ... and traces follow one another without a longer break, ... */
const BREAK_MS = 200;
/** ... over no longer time. */
const MOST_BACK_MS = 1000;

/**
 * Where a face was between two sights of it, as far as traces say that it was there: from each end, and from trace to
 * trace, over at most {@link BRIDGE_MS}.
 */
export function traceAcross(before: Place, after: Place, between: readonly Glimpse[]): readonly Place[] {
  const span = Math.max(1, after.frame.timeMs - before.frame.timeMs);
  const expected = ({ timeMs }: FrameMark): Box =>
    interpolateBox(before.box, after.box, (timeMs - before.frame.timeMs) / span);
  const found = between
    .filter(({ frame, traces }) => traces.some(({ box }) => iou(box, expected(frame)) >= SAME_FACE))
    .map(({ frame }) => frame.timeMs);
  if (found.length === 0) return [];
  const anchors = [before.frame.timeMs, ...found, after.frame.timeMs];
  let next = 0;
  return between.flatMap(({ frame, shown }) => {
    const { timeMs } = frame;
    while (next < anchors.length - 1 && (anchors[next] ?? 0) < timeMs) next++;
    const [from, to] = [anchors[next - 1] ?? -Infinity, anchors[next] ?? Infinity];
    const box = expected(frame);
    return (to === timeMs || to - from <= BRIDGE_MS) && isFree(box, shown) ? [{ frame, box }] : [];
  });
}

/** Where a face was before it was seen for the first time, from trace to trace back in time. */
export function traceBack(after: Place, before: readonly Glimpse[]): readonly Place[] {
  let known = after;
  const waiting: Glimpse[] = [];
  const places: Place[] = [];
  for (const glimpse of [...before].reverse()) {
    const { frame, traces, shown } = glimpse;
    const since = known.frame.timeMs - frame.timeMs;
    if (since > BREAK_MS || after.frame.timeMs - frame.timeMs > MOST_BACK_MS) break;
    waiting.push(glimpse);
    const best = traces
      .filter(({ score, box }) => score >= SURE_TRACE && iou(box, known.box) >= SAME_FACE)
      .sort((a, b) => iou(b.box, known.box) - iou(a.box, known.box))[0];
    if (best === undefined) continue;
    const first: Place = { frame, box: best.box };
    for (const { frame: between, shown: others } of waiting.splice(0)) {
      const share = since === 0 ? 0 : (between.timeMs - frame.timeMs) / since;
      const box = interpolateBox(first.box, known.box, share);
      if (isFree(box, others)) places.push({ frame: between, box });
    }
    if (!isFree(best.box, shown)) break;
    known = first;
  }
  return places;
}

function isFree(box: Box, shown: readonly Box[]): boolean {
  return shown.every((other) => iou(other, box) < SAME_FACE);
}
