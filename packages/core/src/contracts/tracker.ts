import type { Box, Detection } from './face.js';

/** One moment of video as a tracker sees it. */
export interface TrackerInput {
  readonly timeMs: number;
  readonly width: number;
  readonly height: number;
  /**
   * The faces detected in this frame. Undefined when the detector did not run (detection every n-th frame):
   * tracks are then predicted, and none is ended for lack of a match.
   */
  readonly detections: readonly Detection[] | undefined;
  /** Unit vectors, same order as `detections`, where known. Trackers that do not use appearance ignore them. */
  readonly embeddings?: readonly (Float32Array | undefined)[];
}

export interface Track {
  /** Counts from 1; never reused within a run. */
  readonly id: number;
  /** Filtered (with a detection) or predicted (without) position, in image pixels. */
  readonly box: Box;
  /** `tentative` until seen often enough to be believed; `lost` while it may still come back. */
  readonly state: 'tentative' | 'confirmed' | 'lost';
  /** Which of the input's detections supports the track in this frame, if any. */
  readonly detection?: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /**
   * Set by trackers that use appearance when an embedding of this track's face in this frame would help now:
   * `identity`: nothing is known of its appearance yet; `verification`: it may have been confused with another (after
   * a crossing, an occlusion or a doubtful match). Never set without `detection`. It stays set, frame after
   * frame, until `observe` was called, so a pipeline may wait for a better picture.
   */
  readonly wants?: 'identity' | 'verification';
}

/**
 * What was believed to be track `from` since `sinceMs` (inclusive) is track `to`. Corrections that come together
 * hold at once: a swap is {1 -> 2} and {2 -> 1}.
 *
 * - `re-entry`: the new track `from` is an older, lost one that came back; `from` ends with all its history.
 * - `swap`: two tracks had taken each other's faces.
 * - `split`: the track went over to another face, that of a lost track or (`to` is a new id) of somebody new.
 */
export interface TrackCorrection {
  readonly from: number;
  readonly to: number;
  readonly sinceMs: number;
  readonly reason: 're-entry' | 'swap' | 'split';
}

/** The appearance of a track's face, handed to the tracker where it was computed. */
export interface AppearanceObservation {
  readonly trackId: number;
  /** Time of the frame that the face was cut from; that of an update in which the track had a detection. */
  readonly timeMs: number;
  /** Unit L2 length; of one model throughout. */
  readonly embedding: Float32Array;
  /** Weight of this picture among the track's others, 0 (ignored) .. 1. */
  readonly quality: number;
  /**
   * What is known besides of this face and the one of another track, a lost one as a rule: `same` or `different` where
   * a gallery names them so. A track is never taken for one that is `different`. Default: nothing is known.
   */
  readonly compare?: CompareTracks;
}

/** See {@link AppearanceObservation.compare}. */
export type CompareTracks = (trackId: number) => 'same' | 'different' | 'unknown';

export interface TrackUpdate {
  /** Live tracks (lost ones included), by ascending id. */
  readonly tracks: readonly Track[];
  /**
   * Tracks that ended since the last update (by a `reset` too) and will not come back. A track that a correction
   * renamed is not among them.
   */
  readonly ended: readonly Track[];
  /** Set when embeddings given with this update showed earlier ids to be wrong. `tracks` has them applied. */
  readonly corrections?: readonly TrackCorrection[];
}

/** Turns detections into tracks. Stateful; one instance per video, fed in frame order. */
export interface Tracker {
  /** @throws ArgumentError when time runs backwards (without a `reset('seek')` in between). */
  update(input: TrackerInput): TrackUpdate;
  /**
   * `cut`: motion models are void; identities are kept by trackers that know faces by their appearance, the others end
   * all tracks. `seek`: everything is forgotten, and time may start anew.
   */
  reset(reason: 'cut' | 'seek'): void;
  /** Ends all tracks, at the end of the source. */
  finish(): readonly Track[];
}

/**
 * A tracker that also knows faces by their appearance, and is told of them after the fact: embeddings cost far more
 * than boxes, so only those that it `wants` need be computed.
 *
 * ```ts
 * const { tracks } = tracker.update({ timeMs, width, height, detections });
 * for (const track of tracks) {
 *   if (track.wants === undefined) continue;
 *   const embedding = await embed(detections[track.detection]);
 *   rename(tracker.observe({ trackId: track.id, timeMs, embedding, quality }));
 * }
 * ```
 *
 * More may be handed in (best shots, every face); a late observation, after further updates, is accepted.
 */
export interface AppearanceAwareTracker extends Tracker {
  /** @returns which ids turned out to be wrong; empty for most observations and for tracks that ended. */
  observe(observation: AppearanceObservation): readonly TrackCorrection[];
}

export function isAppearanceAware(tracker: Tracker): tracker is AppearanceAwareTracker {
  return 'observe' in tracker;
}
