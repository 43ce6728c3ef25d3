import type { Box, Detection } from '../contracts/face.js';
import type { Track } from '../contracts/tracker.js';
import { BoxFilter, observationCentricReupdate, type BoxMotion } from './box-filter.js';
import { itemAt } from '../item-at.js';

interface Observation {
  readonly box: Box;
  readonly timeMs: number;
}

/** Observations older than this are of no use for the direction of movement. */
const HISTORY_MS = 500;
const HISTORY_LENGTH = 32;

/** A track while it lives: its filter, what was last seen of it, and its standing. */
export class TrackRecord {
  id: number;
  state: Track['state'] = 'tentative';
  /** Index into the current input's detections. */
  detection: number | undefined;
  hits = 1;
  readonly #motion: BoxMotion;
  #filter: BoxFilter;
  #atLastSeen: BoxFilter;
  #history: Observation[];
  #firstSeenMs: number;

  constructor(id: number, detection: number, found: Detection, timeMs: number, motion: BoxMotion) {
    this.id = id;
    this.detection = detection;
    this.#motion = motion;
    this.#filter = new BoxFilter(found.box, timeMs, motion);
    this.#atLastSeen = this.#filter.clone();
    this.#history = [{ box: found.box, timeMs }];
    this.#firstSeenMs = timeMs;
  }

  get firstSeenMs(): number {
    return this.#firstSeenMs;
  }

  get lastSeenMs(): number {
    return this.last.timeMs;
  }

  get box(): Box {
    return this.#filter.box;
  }

  get filter(): BoxFilter {
    return this.#filter;
  }

  /** The latest observation. */
  get last(): Observation {
    return itemAt(this.#history, this.#history.length - 1);
  }

  /** The observation nearest to `spanMs` before the latest one. */
  earlier(spanMs: number): Observation {
    const wanted = this.lastSeenMs - spanMs;
    let best = itemAt(this.#history, 0);
    for (const seen of this.#history) {
      if (Math.abs(seen.timeMs - wanted) < Math.abs(best.timeMs - wanted)) best = seen;
    }
    return best;
  }

  predict(timeMs: number): void {
    this.detection = undefined;
    this.#filter.predict(timeMs);
  }

  /**
   * Takes in the detection that was matched to the track, at the time it was predicted to.
   * @param reupdateStepMs when given and the track had been lost, the filter is run again over the gap (ORU).
   */
  match(detection: number, found: Detection, trust: number, reupdateStepMs?: number): void {
    const timeMs = this.#filter.timeMs;
    if (reupdateStepMs !== undefined && this.state === 'lost') {
      this.#filter = observationCentricReupdate(
        this.#atLastSeen,
        this.last.box,
        found.box,
        timeMs,
        reupdateStepMs,
      );
    } else {
      this.#filter.correct(found.box, trust);
    }
    this.#seen(detection, found, timeMs);
  }

  /** Starts motion anew at a detection that has nothing to do with where the track was. */
  reappear(detection: number, found: Detection, timeMs: number): void {
    this.#filter = new BoxFilter(found.box, timeMs, this.#motion);
    this.#history = [];
    this.#seen(detection, found, timeMs);
  }

  /** Takes over where another track is, and what it saw; keeps its own id and beginning. */
  follow(other: TrackRecord): void {
    this.state = other.state === 'tentative' ? 'confirmed' : other.state;
    this.detection = other.detection;
    this.hits += other.hits;
    this.#filter = other.#filter;
    this.#atLastSeen = other.#atLastSeen;
    this.#history = other.#history;
  }

  /** Two tracks exchange places and keep their ids and beginnings. */
  exchange(other: TrackRecord): void {
    const [state, detection, filter] = [this.state, this.detection, this.#filter];
    const [atLastSeen, history] = [this.#atLastSeen, this.#history];
    this.state = other.state;
    this.detection = other.detection;
    this.#filter = other.#filter;
    this.#atLastSeen = other.#atLastSeen;
    this.#history = other.#history;
    other.state = state;
    other.detection = detection;
    other.#filter = filter;
    other.#atLastSeen = atLastSeen;
    other.#history = history;
  }

  /** A new track that has been where this one was since `sinceMs`. */
  successor(id: number, sinceMs: number): TrackRecord {
    const copy = new TrackRecord(id, 0, { box: this.last.box, score: 1 }, sinceMs, this.#motion);
    copy.follow(this);
    return copy;
  }

  /**
   * What was seen after `sinceMs` was another face, which another track follows from now on: this one is lost since
   * then, where it was last seen before. It shares nothing with the other, not even the place.
   */
  vanish(sinceMs: number): void {
    this.state = 'lost';
    this.detection = undefined;
    const before = this.#history.filter((seen) => seen.timeMs <= sinceMs);
    const { box } = before.at(-1) ?? this.#history[0] ?? this.last;
    const timeMs = Math.max(this.#firstSeenMs, Math.min(this.lastSeenMs, sinceMs));
    this.#history = [{ box, timeMs }];
    this.#filter = new BoxFilter(box, timeMs, this.#motion);
    this.#atLastSeen = this.#filter.clone();
  }

  snapshot(wants?: Track['wants']): Track {
    return {
      id: this.id,
      box: this.box,
      state: this.state,
      firstSeenMs: this.firstSeenMs,
      lastSeenMs: this.lastSeenMs,
      ...(this.detection === undefined ? {} : { detection: this.detection }),
      ...(wants === undefined || this.detection === undefined ? {} : { wants }),
    };
  }

  #seen(detection: number, found: Detection, timeMs: number): void {
    this.detection = detection;
    this.hits++;
    this.#atLastSeen = this.#filter.clone();
    this.#history = this.#history
      .filter((seen) => timeMs - seen.timeMs <= HISTORY_MS)
      .slice(1 - HISTORY_LENGTH);
    this.#history.push({ box: found.box, timeMs });
  }
}

/** Lower id first. */
export function byId(a: { readonly id: number }, b: { readonly id: number }): number {
  return a.id - b.id;
}
