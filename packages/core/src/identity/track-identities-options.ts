import type { Face, TrackRef } from '../contracts/face.js';
import type { AppearanceObservation, TrackCorrection } from '../contracts/tracker.js';
import type { StrangerScale } from './join-tracks.js';
import type { SceneState } from './scene-log.js';
import type { ShotPolicyOptions } from './shot-policy.js';
import type { TrackState } from './track-identity.js';
import type { UnknownIdentities } from './unknown-identities.js';

/** A face that belongs to a track. */
export type TrackedFace = Face & { readonly track: TrackRef };

/** Margins in cosine similarity, as found with the default embedder; see {@link TrackRule}. */
export const TRACK_MARGINS = { hysteresis: 0.06, firstShotMargin: 0.05 } as const;

export interface TrackIdentitiesOptions extends ShotPolicyOptions {
  /** Cosine similarity; a name is given at or above it only. Default: the embedder's. */
  readonly threshold?: number;
  /** By how much the best person must beat the second best. Default {@link DEFAULT_MARGIN}. */
  readonly margin?: number;
  /** See {@link TrackRule}. Default: {@link TRACK_MARGINS}. */
  readonly hysteresis?: number;
  /** See {@link TrackRule}. Default: {@link TRACK_MARGINS}. */
  readonly firstShotMargin?: number;
  /** See {@link TrackRule}. Default: half the threshold. */
  readonly rejectThreshold?: number;
  /** Gives those who match nobody stable labels. Default: they get none. */
  readonly strangers?: UnknownIdentities;
  /** Tracks whose best picture is rated lower found no new stranger label. Default 0.3. */
  readonly strangerQuality?: number;
  /** IoU from which a face's picture may show another face too. Default 0.15. */
  readonly crowdedOverlap?: number;
  /**
   * Remember what is needed to put tracks together when the file is over ({@link TrackIdentities.resolve}): some 3 kB
   * per track. Default false.
   */
  readonly wholeFile?: boolean;
  /** How the embedder's cosines of two people lie, for that. Default: the default embedder's. */
  readonly strangerScale?: StrangerScale | undefined;
  /**
   * Take all that was detected for faces, as where nobody has measured what the detector's scores mean: else what scores
   * low and embeds to little is not believed to be one (`TrackIdentity.believed`). Default false.
   */
  readonly trustDetections?: boolean;
  /** A track not seen for longer is forgotten. Must not be less than the tracker's memory. Default 150 000. */
  readonly memoryMs?: number;
}

/** What is known of all tracks of a stretch of a video, as plain data. */
export interface TracksState {
  readonly tracks: readonly TrackState[];
  readonly scenes: SceneState;
}

/** How the tracks of a later stretch of a video continue those before. */
export interface AdoptOptions {
  /** The id here of each of its tracks; that of a known one for a track that goes on. */
  readonly idOf: (id: number) => number;
  /** The number here of its first shot. */
  readonly firstShot: number;
}

/** Hands a picture's embedding to the tracker; see `AppearanceAwareTracker.observe`. */
export type Observe = (observation: AppearanceObservation) => readonly TrackCorrection[];
