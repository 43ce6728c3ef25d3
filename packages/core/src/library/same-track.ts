import type { LibraryTrack, TimeSpan } from '../contracts/media-library.js';
import { dotProduct } from '../identity/distance.js';

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

/** Intersection over union of two lists of spans. */
function overlap(one: readonly TimeSpan[], two: readonly TimeSpan[]): number {
  const length = (spans: readonly TimeSpan[]): number =>
    spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs + 1, 0);
  let shared = 0;
  for (const a of one)
    for (const b of two) shared += Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs) + 1);
  return shared / (length(one) + length(two) - shared);
}
