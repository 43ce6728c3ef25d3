import type { LibraryTrack, TimeSpan } from '../contracts/media-library.js';
import { dotProduct } from '../identity/distance.js';
import { orderedRejection, type Rejection } from '../identity/gallery-store.js';

/** Means of one person's pictures in one video, as two runs choose them. */
const SAME_APPEARANCE = 0.6;
/** Share of the time of both in which both are in view, for embedders that cannot be compared. */
const SAME_TIME = 0.5;

/** The track of an earlier search that is the same person, taken out of `earlier`, so that it is found once. */
export function sameTrack(track: LibraryTrack, earlier: LibraryTrack[]): LibraryTrack | undefined {
  let best = -1;
  let score = 0;
  for (const [i, other] of earlier.entries()) {
    const shared = overlap(track.spans, other.spans);
    const comparable = other.embedding.model === track.embedding.model;
    const alike = comparable ? dotProduct(track.embedding.vector, other.embedding.vector) : shared;
    if (shared > 0 && alike >= (comparable ? SAME_APPEARANCE : SAME_TIME) && alike > score)
      [best, score] = [i, alike];
  }
  return best < 0 ? undefined : earlier.splice(best, 1)[0];
}

/**
 * What the tracks of a video that is searched again were before: each at most once, those of which the user has said
 * who they are first.
 * @returns for each track, in order.
 */
export function tracksBefore(
  tracks: readonly LibraryTrack[],
  before: readonly LibraryTrack[],
): readonly (LibraryTrack | undefined)[] {
  const said = before.filter(isSaid);
  const others = before.filter((track) => !isSaid(track));
  const named = tracks.map((track) => sameTrack(track, said));
  return tracks.map((track, i) => named[i] ?? sameTrack(track, others));
}

/** Whether the user has said who a track is: that outlives the models. */
export function isSaid({ personId, by = 'user' }: Pick<LibraryTrack, 'personId' | 'by'>): boolean {
  return personId !== undefined && by === 'user';
}

/**
 * Where what was said of tracks goes when their video is searched again: old ids that are others' now.
 * @param was see {@link tracksBefore}.
 * @returns the new id; undefined of a track that was not found again.
 */
export function movedIds(
  tracks: readonly LibraryTrack[],
  before: readonly LibraryTrack[],
  was: readonly (LibraryTrack | undefined)[],
): ReadonlyMap<string, string | undefined> {
  const moved = new Map<string, string | undefined>();
  const taken = new Set(tracks.map(({ id }) => id));
  for (const { id } of before) if (taken.has(id)) moved.set(id, undefined);
  for (const [i, { id }] of tracks.entries()) {
    const earlier = was[i]?.id;
    if (earlier === id) moved.delete(id);
    else if (earlier !== undefined) moved.set(earlier, id);
  }
  return moved;
}

/** What was said of faces whose ids have moved, under their new ids; what is of nobody's any more is gone. */
export function movedRejections(
  rejections: readonly Rejection[],
  moved: ReadonlyMap<string, string | undefined>,
): { readonly stale: readonly Rejection[]; readonly fresh: readonly Rejection[] } {
  const stale = rejections.filter((pair) => pair.some((id) => moved.has(id)));
  const fresh = stale.flatMap(([a, b]): Rejection[] => {
    const [one, two] = [a, b].map((id) => (moved.has(id) ? moved.get(id) : id));
    return one === undefined || two === undefined ? [] : [orderedRejection([one, two])];
  });
  return { stale, fresh };
}

/** Intersection over union of two lists of spans. */
function overlap(one: readonly TimeSpan[], two: readonly TimeSpan[]): number {
  const length = (spans: readonly TimeSpan[]): number =>
    spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs + 1, 0);
  let shared = 0;
  for (const a of one)
    for (const b of two) shared += Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs) + 1);
  return shared / (length(one) + length(two) - shared);
}
