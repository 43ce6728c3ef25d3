import type { LibraryTrack, Rejection } from '@fr-stream/core';

/** Less is a boundary that two cuts of one track share. */
const LEAST_MS = 300;

/** Tracks of one video that are in view at the same time: they are not one person. */
export function togetherInView(tracks: readonly LibraryTrack[]): readonly Rejection[] {
  const byVideo = new Map<string, LibraryTrack[]>();
  for (const track of tracks) byVideo.set(track.hash, [...(byVideo.get(track.hash) ?? []), track]);
  return [...byVideo.values()].flatMap((list) =>
    list.flatMap((one, i) =>
      list
        .slice(i + 1)
        .flatMap((two): Rejection[] => (overlap(one, two) >= LEAST_MS ? [[one.id, two.id]] : [])),
    ),
  );
}

/** Milliseconds in which both are in view. */
function overlap({ spans }: LibraryTrack, other: LibraryTrack): number {
  let sum = 0;
  for (const a of spans)
    for (const b of other.spans) sum += Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
  return sum;
}
