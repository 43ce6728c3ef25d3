import type { OperatorFunction } from 'rxjs';
import type { Face, TrackRef } from '../contracts/face.js';
import type { Tracker } from '../contracts/tracker.js';
import { TrackStep, type TrackOptions } from '../tracking/track-step.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';

/**
 * Links the faces of successive frames into tracks and sets `Face.track`.
 *
 * Between the frames that the detector looks at (`detectFaces({ every })`) the tracks' faces are carried on where
 * they are expected, with `track.predicted` set. Detections that belong to no track (too uncertain to start one)
 * are left out. Everything goes by the frames' times, so variable frame rates do no harm. Goes after
 * `detectFaces`, before anything that needs a frame's faces to be the detector's own.
 *
 * ```ts
 * fromSource(video).pipe(detectFaces(detector, { every: 3 }), track(new ByteTracker()))
 * ```
 */
export function track<F extends Face>(
  tracker: Tracker,
  options: TrackOptions = {},
): OperatorFunction<FrameFaces<F>, FrameFaces<F & { readonly track: TrackRef }>> {
  const step = new TrackStep<F>(tracker, options);
  // One at a time, in order: a tracker has a memory.
  return mapFaces(1, async (item) => ({ faces: step.next(item).faces }));
}
