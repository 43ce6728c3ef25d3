import type { Detection, FaceQuality, Identity, TrackSpan } from '@fr-stream/core';
import type { AnalyzedFrame } from './types.js';

/** Absences shorter than this do not break a stay. */
const GAP_MS = 1500;

/** Somebody whom a video shows: one track, or several that have one name or label. */
export interface GatheredTrack {
  /** Of the face seen best: names what the engine knows of it. */
  readonly faceId: string;
  /** Of all its tracks. */
  readonly faceIds: readonly string[];
  readonly identity: Identity;
  readonly spans: readonly [TrackSpan, ...TrackSpan[]];
  readonly best: {
    readonly timeMs: number;
    readonly detection: Detection;
    readonly quality: FaceQuality;
  };
  /** How many pictures were good enough to be measured. */
  readonly pictures: number;
}

interface Observed {
  identity: Identity;
  spans: [TrackSpan, ...TrackSpan[]];
  best: GatheredTrack['best'] | undefined;
  faceId: string;
  faceIds: string[];
  pictures: number;
}

/** Gathers who is in a video, and when, frame by frame. Memory grows with people and their stays, not with frames. */
export class TrackGatherer {
  readonly #tracks = new Map<string, Observed>();

  add({ timeMs, faces }: AnalyzedFrame): void {
    for (const { id, identity, detection, quality } of faces) {
      const seen = this.#tracks.get(id) ?? {
        identity,
        spans: [{ fromMs: timeMs, toMs: timeMs }],
        best: undefined,
        faceId: id,
        faceIds: [id],
        pictures: 0,
      };
      this.#tracks.set(id, seen);
      // What is known last of a track counts for all of it.
      seen.identity = identity;
      seen.spans = joined([...seen.spans, { fromMs: timeMs, toMs: timeMs }]);
      if (quality === undefined) continue;
      seen.pictures++;
      if (quality.overall > (seen.best?.quality.overall ?? -1)) seen.best = { timeMs, detection, quality };
    }
  }

  /** Everybody who was seen well enough to be told from others, in order of appearance. */
  people(): readonly GatheredTrack[] {
    const people = new Map<string, Observed & { best: GatheredTrack['best'] }>();
    for (const [id, track] of this.#tracks) {
      const { best, identity, spans, pictures } = track;
      if (best === undefined) continue;
      const who = identity.kind === 'known' ? identity.personId : (identity.label ?? id);
      const person = people.get(who);
      if (person === undefined) {
        people.set(who, { ...track, best });
        continue;
      }
      person.spans = joined([...person.spans, ...spans]);
      person.pictures += pictures;
      person.faceIds = [...person.faceIds, id];
      if (best.quality.overall > person.best.quality.overall) Object.assign(person, { best, faceId: id });
    }
    return [...people.values()].sort((a, b) => a.spans[0].fromMs - b.spans[0].fromMs);
  }
}

/** Without overlap, in order. */
function joined(spans: readonly [TrackSpan, ...TrackSpan[]]): [TrackSpan, ...TrackSpan[]] {
  const [first, ...rest] = [...spans].sort((a, b) => a.fromMs - b.fromMs);
  const all: [TrackSpan, ...TrackSpan[]] = [first ?? spans[0]];
  for (const span of rest) {
    const last = all.at(-1) ?? span;
    if (span.fromMs > last.toMs + GAP_MS) all.push(span);
    else all[all.length - 1] = { ...last, toMs: Math.max(last.toMs, span.toMs) };
  }
  return all;
}
