import type { OperatorFunction } from 'rxjs';
import type { Face, IdentifiedFace, TrackRef } from '../contracts/face.js';
import type { Tracker } from '../contracts/tracker.js';
import type { TrackIdentities } from '../identity/track-identities.js';
import type { TrackedFace } from '../identity/track-identities-options.js';
import { TrackStep, type TrackOptions } from '../tracking/track-step.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';

/** Names tracked faces: one identity per track. Goes after `track()`; aligns and embeds what it needs itself. */
export function identifyTracks<F extends TrackedFace>(
  people: TrackIdentities,
): OperatorFunction<FrameFaces<F>, FrameFaces<F & IdentifiedFace>> {
  return mapFaces(1, async ({ frame, faces }) => ({
    faces: await people.next(frame.image, frame.timeMs, faces),
  }));
}

/**
 * `track()` and `identifyTracks()` as one step per frame, so that a tracker that knows faces by their appearance learns
 * of each embedding before the next frame. (As two operators the tracker runs ahead by as many frames as happen to
 * be under way, and what it knew when would differ from run to run.)
 *
 * ```ts
 * const people = new TrackIdentities(gallery, embedder, aligner);
 * fromSource(video).pipe(detectFaces(detector), trackPeople(new AppearanceTracker(), people))
 * ```
 */
export function trackPeople<F extends Face>(
  tracker: Tracker,
  people: TrackIdentities,
  options: TrackOptions = {},
): OperatorFunction<FrameFaces<F>, FrameFaces<F & IdentifiedFace & { readonly track: TrackRef }>> {
  const step = new TrackStep<F>(tracker, options);
  return mapFaces(1, async (item) => {
    const { faces, cut } = step.next(item);
    const named = await people.next(item.frame.image, item.frame.timeMs, faces, step.observe, cut);
    return { faces: named, cut, ...restOf(item, faces) };
  });
}

/** Detections that begin and continue no track are traces of a face at most. */
function restOf(item: FrameFaces, shown: readonly Face[]): Pick<FrameFaces, 'traces'> {
  const tracked = new Set(shown.map(({ detection }) => detection));
  const rest = item.faces.flatMap(({ detection }) => (tracked.has(detection) ? [] : [detection]));
  return rest.length === 0 ? {} : { traces: [...rest, ...(item.traces ?? [])] };
}
