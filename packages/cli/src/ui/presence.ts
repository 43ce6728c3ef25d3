import type { Face, Frame } from '@fr-stream/core';
import { itemAt } from '@fr-stream/core';

/** A stretch of time in which somebody is in view. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Presence {
  /** The name, or the stranger's label. */
  readonly who: string;
  readonly known: boolean;
  readonly intervals: readonly Interval[];
  /** Frames in which they were seen. */
  readonly frames: number;
  /** Best cosine similarity to the gallery; undefined for strangers. */
  readonly bestScore: number | undefined;
}

interface Entry {
  known: boolean;
  readonly intervals: { fromMs: number; toMs: number }[];
  frames: number;
  bestScore: number | undefined;
}

/** Who a face is, in one word; undefined for a stranger without a label. */
export function faceName(face: Pick<Face, 'identity'>): string | undefined {
  return face.identity?.kind === 'known' ? face.identity.name : face.identity?.label;
}

/** Gaps shorter than this are a blink or a turned head, not an absence. */
const GAP_MS = 1500;

/** Collects who is in view when. Grows with people and appearances, not with frames. */
export class PresenceLog {
  readonly #people = new Map<string, Entry>();
  readonly #gapMs: number;

  constructor(gapMs = GAP_MS) {
    this.#gapMs = gapMs;
  }

  add({
    frame,
    faces,
  }: {
    readonly frame: Pick<Frame, 'timeMs'>;
    readonly faces: readonly Pick<Face, 'identity'>[];
  }): void {
    // Two faces may be one person's, who were merged by force: the picture shows them once.
    const here = new Set<string>();
    for (const face of faces) {
      const who = faceName(face);
      if (who === undefined) continue;
      const entry = this.#people.get(who) ?? { known: false, intervals: [], frames: 0, bestScore: undefined };
      this.#people.set(who, entry);
      if (!here.has(who)) entry.frames++;
      here.add(who);
      if (face.identity?.kind === 'known') {
        entry.known = true;
        entry.bestScore = Math.max(entry.bestScore ?? -1, face.identity.score);
      }
      const last = entry.intervals.at(-1);
      if (last !== undefined && frame.timeMs - last.toMs <= this.#gapMs) last.toMs = frame.timeMs;
      else entry.intervals.push({ fromMs: frame.timeMs, toMs: frame.timeMs });
    }
  }

  /** Named people first, then strangers, each by first appearance. */
  summary(): readonly Presence[] {
    return [...this.#people]
      .map(([who, entry]) => ({ who, ...entry }))
      .sort(
        (a, b) =>
          Number(b.known) - Number(a.known) || itemAt(a.intervals, 0).fromMs - itemAt(b.intervals, 0).fromMs,
      );
  }
}
