import type { Face, FrameFaces, Hindsight, Identity } from '@fr-stream/core';
import { itemAt } from '@fr-stream/core';

/** A stretch of time; both ends are times of frames in which the face was seen, in milliseconds. */
export interface TimeInterval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What remains of a track when its frames are gone, for the time in which it was one person as far as is known. */
export interface TrackSummary {
  readonly id: number;
  /** The best that was known of it in this time: a name over a stranger's label over nothing. */
  readonly identity: Identity | undefined;
  readonly intervals: readonly TimeInterval[];
  /** Frames in which it was detected (not: predicted). */
  readonly frames: number;
}

/** One person, or one stranger, over a whole video. */
export interface PersonTimeline {
  /** Tells people of one log apart; see {@link TrackLog.personAt}. */
  readonly key: string;
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

/** A part of a track in which nothing that was known of it was taken back. */
interface Part {
  identity: Identity | undefined;
  /** Best similarity to the person of {@link identity}. */
  bestScore: number | undefined;
  readonly intervals: { fromMs: number; toMs: number }[];
  frames: number;
  /** The first and the last frame that it was in. */
  readonly sinceMs: number;
  last: { readonly index: number; readonly timeMs: number };
}

interface IdentifiedPart {
  readonly id: number;
  readonly part: Part;
  readonly identity: Identity | undefined;
}

export interface TrackLogOptions {
  /** Gaps shorter than this, in milliseconds, are a blink or a turned head, not an absence. Default 1500. */
  readonly gapMs?: number;
  /** Asked who a track was when the log is read. */
  readonly hindsight?: Hindsight;
}

/**
 * Adds up tracked faces per track. What becomes known of a track reaches back to its beginning, or to where it was
 * known as somebody else; a name that is taken back holds until then, and not for what comes after. Grows with tracks,
 * their appearances and names, not with frames.
 */
export class TrackLog {
  readonly #gapMs: number;
  readonly #hindsight: Hindsight | undefined;
  readonly #tracks = new Map<number, Part[]>();

  constructor(options: TrackLogOptions = {}) {
    this.#gapMs = options.gapMs ?? 1500;
    this.#hindsight = options.hindsight;
  }

  /** Takes in one frame; faces without a track are ignored. */
  add({ frame, faces }: Pick<FrameFaces, 'frame' | 'faces'>): void {
    for (const face of faces) if (face.track) this.#addFace(face.track.id, face, frame);
  }

  #addFace(id: number, face: Face, { index, timeMs }: FrameFaces['frame']): void {
    const parts = this.#tracks.get(id) ?? [];
    this.#tracks.set(id, parts);
    let part = parts.at(-1);
    if (part === undefined || isAnother(part.identity, face.identity)) {
      part = newPart({ index, timeMs });
      parts.push(part);
    }
    part.last = { index, timeMs };
    part.identity = refined(part.identity, face.identity);
    if (face.identity?.kind === 'known') part.bestScore = Math.max(part.bestScore ?? -1, face.identity.score);
    // A prediction fills a gap, but nobody was seen in it.
    if (face.track?.predicted !== true) {
      part.frames++;
      this.#extend(part, timeMs, timeMs);
    }
    this.#rejoin(parts);
  }

  #extend({ intervals }: Part, fromMs: number, toMs: number): void {
    const last = intervals.at(-1);
    if (last !== undefined && fromMs - last.toMs <= this.#gapMs) last.toMs = toMs;
    else intervals.push({ fromMs, toMs });
  }

  /** Who got back the name that they had lost was that person in between. */
  #rejoin(parts: Part[]): void {
    const [before, now] = parts.slice(-2);
    if (before === undefined || now === undefined || now.identity?.kind !== 'known') return;
    if (keyOf(before.identity) !== keyOf(now.identity)) return;
    parts.pop();
    for (const { fromMs, toMs } of now.intervals) this.#extend(before, fromMs, toMs);
    before.frames += now.frames;
    before.last = now.last;
    before.identity = now.identity;
    before.bestScore = Math.max(before.bestScore ?? -1, now.bestScore ?? -1);
  }

  #identityOf(id: number, { identity, last }: Part): Identity | undefined {
    return this.#hindsight?.identityOf(id, last) ?? identity;
  }

  /** By first appearance; a track that lost its name, or got another, several times. */
  tracks(): readonly TrackSummary[] {
    return this.#parts().map(({ id, part, identity }) => ({
      id,
      identity,
      intervals: [...part.intervals],
      frames: part.frames,
    }));
  }

  #parts(): readonly IdentifiedPart[] {
    return [...this.#withLate()]
      .flatMap(([id, parts]) => parts.map((part) => ({ id, part, identity: this.#identityOf(id, part) })))
      .filter(
        ({ id, part }) => part.intervals.length > 0 && this.#hindsight?.isFalse?.(id, part.last) !== true,
      )
      .sort((a, b) => itemAt(a.part.intervals, 0).fromMs - itemAt(b.part.intervals, 0).fromMs || a.id - b.id);
  }

  /** The tracks, with the times at which they are known to have been there as well. */
  #withLate(): ReadonlyMap<number, readonly Part[]> {
    const tracks = new Map(this.#tracks);
    const late = this.#hindsight?.late?.() ?? [];
    const times = new Map<Part, TimeInterval[]>();
    for (const { frame, faces } of late)
      for (const { track } of faces) {
        if (track === undefined) continue;
        const { index, timeMs } = frame;
        const parts = tracks.get(track.id) ?? [newPart({ index, timeMs })];
        tracks.set(track.id, parts);
        const part = parts.findLast(({ sinceMs }) => sinceMs <= timeMs) ?? itemAt(parts, 0);
        const known = times.get(part) ?? [];
        times.set(part, known);
        known.push({ fromMs: timeMs, toMs: timeMs });
      }
    const longer = (part: Part): Part => {
      const more = times.get(part);
      if (more === undefined) return part;
      const intervals = mergeIntervals([...part.intervals, ...more], this.#gapMs);
      return { ...part, intervals: intervals.map((one) => ({ ...one })) };
    };
    return new Map([...tracks].map(([id, parts]) => [id, parts.map(longer)]));
  }

  /**
   * Who a track was in a frame that was added: a key that {@link people} have too.
   * @returns undefined for a track, or a time, that is not known.
   */
  personAt(id: number, timeMs: number): string | undefined {
    const part = this.#tracks.get(id)?.findLast(({ sinceMs }) => sinceMs <= timeMs);
    return part && personKey(id, this.#identityOf(id, part));
  }

  /** The tracks put together person by person. Named people first, then strangers, each by first appearance. */
  people(): readonly PersonTimeline[] {
    const groups = new Map<string, IdentifiedPart[]>();
    for (const one of this.#parts()) {
      const key = personKey(one.id, one.identity);
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups]
      .map(([key, parts]): PersonTimeline => {
        const { id, identity } = itemAt(parts, 0);
        const scores = parts.map(({ part, identity: who }) => {
          if (who?.kind !== 'known') return -Infinity;
          return keyOf(part.identity) === keyOf(who) ? Math.max(who.score, part.bestScore ?? -1) : who.score;
        });
        const bestScore = Math.max(...scores);
        return {
          key,
          who: whoIs(identity) ?? `track-${id}`,
          known: identity?.kind === 'known',
          personId: identity?.kind === 'known' ? identity.personId : undefined,
          tracks: [...new Set(parts.map((one) => one.id))],
          intervals: mergeIntervals(
            parts.flatMap(({ part }) => part.intervals),
            this.#gapMs,
          ),
          frames: parts.reduce((sum, { part }) => sum + part.frames, 0),
          bestScore: bestScore === -Infinity ? undefined : bestScore,
        };
      })
      .sort(
        (a, b) =>
          Number(b.known) - Number(a.known) || itemAt(a.intervals, 0).fromMs - itemAt(b.intervals, 0).fromMs,
      );
  }
}

function newPart(first: Part['last']): Part {
  const nothing = { identity: undefined, bestScore: undefined, intervals: [], frames: 0 };
  return { ...nothing, sinceMs: first.timeMs, last: first };
}

/** Of a name or a label; undefined for neither. */
function keyOf(identity: Identity | undefined): string | undefined {
  if (identity?.kind === 'known') return `p ${identity.personId}`;
  return identity?.label === undefined ? undefined : `s ${identity.label}`;
}

function personKey(id: number, identity: Identity | undefined): string {
  return keyOf(identity) ?? `s track-${id}`;
}

/** Nobody looked, or could see much: that says nothing against what was known. */
function saysNothing(identity: Identity | undefined): boolean {
  if (identity === undefined) return true;
  if (identity.kind === 'known' || identity.label !== undefined) return false;
  return identity.reason === 'not-evaluated' || identity.reason === 'low-quality';
}

/** Whether a name was lost or became another, or a label became another; a label that becomes a name is the same face. */
function isAnother(before: Identity | undefined, now: Identity | undefined): boolean {
  const [was, is] = [keyOf(before), keyOf(now)];
  if (was === undefined || was === is || saysNothing(now)) return false;
  return before?.kind === 'known' || (now?.kind === 'unknown' && is !== undefined);
}

/** What is known after another look: what it says, unless it says nothing, or forgets a stranger's label. */
export function refined(before: Identity | undefined, now: Identity | undefined): Identity | undefined {
  if (before === undefined) return now;
  if (saysNothing(now)) return keyOf(before) === undefined && now !== undefined ? now : before;
  return before.kind === 'unknown' && keyOf(before) !== undefined && keyOf(now) === undefined ? before : now;
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
