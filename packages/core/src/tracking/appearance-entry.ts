import type { Track } from '../contracts/tracker.js';
import { Appearance } from './appearance.js';
import type { TrackRecord } from './track-record.js';

/** A first picture may be a bad one: an appearance counts as known from this summed quality on. */
const SETTLED_WEIGHT = 1.5;
/** Pictures of successive frames say the same thing: the next is asked for after so many milliseconds. */
const SPACING_MS = 160;

/** After so many pictures that settle nothing a claim is dropped. */
const CLAIM_SHOTS = 3;

/** Time in which a track's first pictures may still turn out to be bad ones. */
const YOUNG_MS = 2000;

/** A track and what is known, and doubted, of the face behind it. */
export class AppearanceEntry {
  readonly record: TrackRecord;
  appearance = new Appearance();
  /** False once the motion model says nothing about where the face is: after a cut, or lost for long. */
  hasMotion = true;
  /** Set while the track may have gone over to another face: the first moment at which it may have. */
  doubtSinceMs: number | undefined;
  /** Pictures in a row that did not look like the track, while in doubt. */
  mismatches = 0;
  /** Set while it is the track's first picture that is in doubt, not where the track went. */
  misjudged = false;
  /** Id of a lost track that one picture took this one for, until another agrees. */
  claim: number | undefined;
  /** Pictures that were asked for to settle the claim. */
  claimShots = 0;
  /** True where another face is in the way, so that a picture would show both. */
  crowded = false;
  /** Time of the last picture that was taken in. */
  pictureMs = -Infinity;
  /** Observations of frames before this may belong to another track. */
  relabelledMs = -Infinity;

  constructor(record: TrackRecord) {
    this.record = record;
  }

  get id(): number {
    return this.record.id;
  }

  get lost(): boolean {
    return this.record.state === 'lost';
  }

  doubt(sinceMs: number): void {
    this.doubtSinceMs ??= sinceMs;
  }

  trust(): void {
    this.doubtSinceMs = undefined;
    this.mismatches = 0;
    this.misjudged = false;
  }

  /** Keeps in mind that the track may be a lost one that came back, or lets go of it. */
  claims(id: number | undefined): void {
    this.claimShots = id === this.claim ? this.claimShots + 1 : 0;
    this.claim = this.claimShots < CLAIM_SHOTS ? id : undefined;
  }

  /**
   * A picture does not look like the track, which met nobody. True when the likelier reason is that what is known of
   * the track's appearance counts for less: a face that comes into view is half hidden at first.
   */
  beganBadly(quality: number, timeMs: number): boolean {
    return quality > this.appearance.weight && timeMs - this.record.firstSeenMs < YOUNG_MS;
  }

  /** @param embedding unit length. @param quality its weight, > 0. */
  remember(embedding: Float32Array, quality: number, timeMs: number): void {
    this.appearance.add(embedding, quality);
    this.pictureMs = timeMs;
  }

  snapshot(): Track {
    return this.record.snapshot(this.#wants());
  }

  #wants(): Track['wants'] {
    if (this.record.state !== 'confirmed') return undefined;
    if (!this.appearance.known) return 'identity';
    if (this.crowded) return undefined;
    if (this.record.filter.timeMs - this.pictureMs < SPACING_MS) return undefined;
    if (this.doubtSinceMs !== undefined || this.claim !== undefined) return 'verification';
    return this.appearance.weight < SETTLED_WEIGHT ? 'identity' : undefined;
  }
}
