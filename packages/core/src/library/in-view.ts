import type { TimeSpan } from '../contracts/media-library.js';
import type { Rejection } from '../identity/gallery-store.js';

/** Less is a boundary that two cuts of one track share. */
const LEAST_MS = 300;

/** A track of a video, and when it is in view. */
export interface TrackInView {
  readonly id: string;
  /** Of the video. */
  readonly hash: string;
  /** In the video's own time. */
  readonly spans: readonly TimeSpan[];
}

/** Tracks of one video that are in view at the same time: they are not one person. */
export function togetherInView(tracks: readonly TrackInView[]): readonly Rejection[] {
  const byVideo = new Map<string, TrackInView[]>();
  for (const track of tracks) {
    const list = byVideo.get(track.hash);
    if (list === undefined) byVideo.set(track.hash, [track]);
    else list.push(track);
  }
  return [...byVideo.values()].flatMap((list) =>
    list.flatMap((one, i) =>
      list.slice(i + 1).flatMap((two): Rejection[] => (areTogether(one, two) ? [[one.id, two.id]] : [])),
    ),
  );
}

/** Whether two tracks are of one video and in view at the same time. */
export function areTogether(one: TrackInView, two: TrackInView): boolean {
  if (one.hash !== two.hash) return false;
  let sum = 0;
  for (const a of one.spans)
    for (const b of two.spans) sum += Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
  return sum >= LEAST_MS;
}
