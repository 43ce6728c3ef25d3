import type { Detection } from '../contracts/face.js';
import type { Track, Tracker, TrackerInput, TrackUpdate } from '../contracts/tracker.js';
import { defined } from '../options.js';
import { bestPairs, bufferedIou } from './association.js';
import { boxMotion, type BoxMotion, type BoxMotionOptions } from './box-filter.js';
import { Clock } from './clock.js';
import { byId, TrackRecord } from './track-record.js';

export interface ByteTrackerOptions {
  /** Detections with at least this score are matched first and may start tracks, 0..1. Default 0.6. */
  readonly highScore?: number;
  /**
   * Detections between this and `highScore` can only continue a track, 0..1. Default 0.1. They exist only where
   * the detector's own threshold lets them through.
   */
  readonly lowScore?: number;
  /** Least overlap (see `buffer`) of a high-score detection with the predicted box. Default 0.2. */
  readonly minOverlap?: number;
  /** The same for a low-score detection, which is more likely to be something else. Default 0.5. */
  readonly minOverlapLow?: number;
  /** Boxes grow by this share of their size before the overlap is taken. Default 0.3; 0 as in the paper. */
  readonly buffer?: number;
  /** A lost track may come back for so long, in milliseconds. Default 1000. */
  readonly lostMs?: number;
  /** Detections (frames with a match) until a track is confirmed. Default 2. */
  readonly confirmHits?: number;
  /** A tentative track ends when unseen for longer than this, in milliseconds. Default 150. */
  readonly tentativeMs?: number;
  readonly motion?: BoxMotionOptions;
}

interface Found {
  readonly index: number;
  readonly detection: Detection;
}

/**
 * Two-stage association by motion only, after Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every
 * Detection Box" (ECCV 2022): high-score detections are assigned to all tracks, low-score ones (faces half
 * hidden, blurred) to those still unmatched. What counts frames there counts milliseconds here.
 *
 * Differences from the paper: boxes are buffered before their overlap is taken, the filter runs over time, and
 * unsupported velocities decay. Ignores embeddings; all tracks end at a cut.
 */
export class ByteTracker implements Tracker {
  readonly #options: Required<Omit<ByteTrackerOptions, 'motion'>>;
  readonly #motion: BoxMotion;
  readonly #clock = new Clock();
  #tracks: TrackRecord[] = [];
  #ended: Track[] = [];
  #nextId = 1;

  constructor(options: ByteTrackerOptions = {}) {
    const { motion, ...rest } = options;
    this.#motion = boxMotion(motion);
    this.#options = {
      highScore: 0.6,
      lowScore: 0.1,
      minOverlap: 0.2,
      minOverlapLow: 0.5,
      buffer: 0.3,
      lostMs: 1000,
      confirmHits: 2,
      tentativeMs: 150,
      ...defined(rest),
    };
  }

  update(input: TrackerInput): TrackUpdate {
    this.#clock.advance(input.timeMs);
    for (const track of this.#tracks) track.predict(input.timeMs);
    if (input.detections !== undefined) this.#associate(input.detections, input.timeMs);
    const ended = this.#ended;
    this.#ended = [];
    return { tracks: this.#tracks.map((track) => track.snapshot()), ended };
  }

  reset(reason: 'cut' | 'seek'): void {
    this.#ended.push(...this.#tracks.map((track) => track.snapshot()));
    this.#tracks = [];
    if (reason === 'seek') this.#clock.restart();
  }

  finish(): readonly Track[] {
    this.reset('seek');
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #associate(detections: readonly Detection[], timeMs: number): void {
    const { highScore, lowScore, minOverlap, minOverlapLow, buffer } = this.#options;
    const found = detections.map((detection, index) => ({ index, detection }));
    const high = found.filter(({ detection }) => detection.score >= highScore);
    const low = found.filter(({ detection }) => detection.score >= lowScore && detection.score < highScore);
    const overlap = (track: TrackRecord, { detection }: Found): number =>
      bufferedIou(track.box, detection.box, buffer);
    const believed = this.#tracks.filter((track) => track.state !== 'tentative');
    const tentative = this.#tracks.filter((track) => track.state === 'tentative');

    const first = bestPairs(believed, high, minOverlap, overlap);
    const seen = first.freeRows.filter((track) => track.state === 'confirmed');
    const second = bestPairs(seen, low, minOverlapLow, overlap);
    const third = bestPairs(tentative, first.freeColumns, minOverlap, overlap);
    for (const [track, { index, detection }] of [...first.pairs, ...second.pairs, ...third.pairs]) {
      track.match(index, detection, trustOf(detection));
      if (track.state === 'lost' || track.hits >= this.#options.confirmHits) track.state = 'confirmed';
    }
    for (const track of this.#tracks) if (track.detection === undefined) this.#miss(track, timeMs);
    this.#tracks = this.#tracks.filter((track) => !this.#isOver(track, timeMs));
    for (const { index, detection } of third.freeColumns) {
      const track = new TrackRecord(this.#nextId++, index, detection, timeMs, this.#motion);
      if (this.#options.confirmHits <= 1) track.state = 'confirmed';
      this.#tracks.push(track);
    }
    this.#tracks.sort(byId);
  }

  #miss(track: TrackRecord, timeMs: number): void {
    if (track.state === 'confirmed') track.state = 'lost';
    if (this.#isOver(track, timeMs)) this.#ended.push(track.snapshot());
  }

  #isOver(track: TrackRecord, timeMs: number): boolean {
    const unseen = timeMs - track.lastSeenMs;
    return track.state === 'tentative' ? unseen > this.#options.tentativeMs : unseen > this.#options.lostMs;
  }
}

/** A detector that is unsure of a face is unsure of its box: 0.5 .. 1. */
export function trustOf(detection: Detection): number {
  return 0.5 + 0.5 * Math.max(0, Math.min(1, detection.score));
}
