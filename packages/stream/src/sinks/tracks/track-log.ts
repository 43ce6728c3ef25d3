import type { Face, FrameFaces, Hindsight, Identity } from '@fr-stream/core';

/** A stretch of time; both ends are times of frames in which the face was seen, in milliseconds. */
export interface TimeInterval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What remains of a track when its frames are gone. */
export interface TrackSummary {
  readonly id: number;
  /** The best that was ever known of it: a name over a stranger's label over nothing. */
  readonly identity: Identity | undefined;
  readonly intervals: readonly TimeInterval[];
  /** Frames in which it was detected (not: predicted). */
  readonly frames: number;
}

/** One person, or one stranger, over a whole video. */
export interface PersonTimeline {
  /** The name, the stranger's label, or `track-N` for a track that has neither. */
  readonly who: string;
  readonly known: boolean;
  readonly personId: string | undefined;
  readonly tracks: readonly number[];
  /** Ascending, not overlapping. */
  readonly intervals: readonly TimeInterval[];
  readonly frames: number;
  /** Best cosine similarity to the gallery; undefined for strangers. */
  readonly bestScore: number | undefined;
}

/** Who a face is, in one word; undefined for a stranger without a label. */
export function whoIs(identity: Identity | undefined): string | undefined {
  return identity?.kind === 'known' ? identity.name : identity?.label;
}

interface Entry {
  identity: Identity | undefined;
  bestScore: number | undefined;
  readonly intervals: { fromMs: number; toMs: number }[];
  frames: number;
  /** The last frame that it was in. */
  last: { readonly index: number; readonly timeMs: number };
}

export interface TrackLogOptions {
  /** Gaps shorter than this, in milliseconds, are a blink or a turned head, not an absence. Default 1500. */
  readonly gapMs?: number;
  /** Asked who a track was when the log is read. */
  readonly hindsight?: Hindsight;
}

/**
 * Adds up tracked faces per track. What becomes known of a track holds for all of it, so a name found late reaches
 * back to the track's beginning. Grows with tracks and their appearances, not with frames.
 */
export class TrackLog {
  readonly #gapMs: number;
  readonly #hindsight: Hindsight | undefined;
  readonly #entries = new Map<number, Entry>();

  constructor(options: TrackLogOptions = {}) {
    this.#gapMs = options.gapMs ?? 1500;
    this.#hindsight = options.hindsight;
  }

  /** Takes in one frame; faces without a track are ignored. */
  add({ frame, faces }: Pick<FrameFaces, 'frame' | 'faces'>): void {
    for (const face of faces) if (face.track) this.#addFace(face.track.id, face, frame);
  }

  #addFace(id: number, face: Face, { index, timeMs }: FrameFaces['frame']): void {
    const entry: Entry = this.#entries.get(id) ?? {
      last: { index, timeMs },
      identity: undefined,
      bestScore: undefined,
      intervals: [],
      frames: 0,
    };
    this.#entries.set(id, entry);
    entry.last = { index, timeMs };
    entry.identity = refined(entry.identity, face.identity);
    if (face.identity?.kind === 'known')
      entry.bestScore = Math.max(entry.bestScore ?? -1, face.identity.score);
    // A prediction fills a gap, but nobody was seen in it.
    if (face.track?.predicted === true) return;
    entry.frames++;
    const last = entry.intervals.at(-1);
    if (last !== undefined && timeMs - last.toMs <= this.#gapMs) last.toMs = timeMs;
    else entry.intervals.push({ fromMs: timeMs, toMs: timeMs });
  }

  /** By first appearance. */
  tracks(): readonly TrackSummary[] {
    return [...this.#entries]
      .filter(([, { intervals }]) => intervals.length > 0)
      .map(([id, { identity, intervals, frames, last }]) => ({
        id,
        identity: this.#hindsight?.identityOf(id, last) ?? identity,
        intervals: [...intervals],
        frames,
      }))
      .sort((a, b) => a.intervals[0].fromMs - b.intervals[0].fromMs || a.id - b.id);
  }

  /** The tracks put together person by person. Named people first, then strangers, each by first appearance. */
  people(): readonly PersonTimeline[] {
    const groups = new Map<string, TrackSummary[]>();
    for (const track of this.tracks()) {
      const who = whoIs(track.identity) ?? `track-${track.id}`;
      const key = track.identity?.kind === 'known' ? `p ${track.identity.personId}` : `s ${who}`;
      groups.set(key, [...(groups.get(key) ?? []), track]);
    }
    return [...groups.values()]
      .map((tracks): PersonTimeline => {
        const [{ id, identity }] = tracks;
        const scores = tracks.map(({ id: track, identity: who }) =>
          who?.kind === 'known' ? Math.max(who.score, this.#entries.get(track)?.bestScore ?? -1) : -Infinity,
        );
        const bestScore = Math.max(...scores);
        return {
          who: whoIs(identity) ?? `track-${id}`,
          known: identity?.kind === 'known',
          personId: identity?.kind === 'known' ? identity.personId : undefined,
          tracks: tracks.map((track) => track.id),
          intervals: mergeIntervals(
            tracks.flatMap(({ intervals }) => intervals),
            this.#gapMs,
          ),
          frames: tracks.reduce((sum, { frames }) => sum + frames, 0),
          bestScore: bestScore === -Infinity ? undefined : bestScore,
        };
      })
      .sort((a, b) => Number(b.known) - Number(a.known) || a.intervals[0].fromMs - b.intervals[0].fromMs);
  }
}

/** What is known after another look: the newest name, else the newest label; never less than before. */
export function refined(before: Identity | undefined, now: Identity | undefined): Identity | undefined {
  if (now === undefined) return before;
  const rank = (identity: Identity | undefined): number =>
    identity?.kind === 'known' ? 2 : identity?.label !== undefined ? 1 : 0;
  return rank(now) >= rank(before) ? now : before;
}

/** Sorts intervals and joins those that overlap or lie at most `gapMs` apart. */
export function mergeIntervals(intervals: readonly TimeInterval[], gapMs: number): readonly TimeInterval[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...intervals].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs - last.toMs <= gapMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}
