import type { Detection } from '../contracts/face.js';
import type {
  AppearanceAwareTracker,
  AppearanceObservation,
  Track,
  TrackCorrection,
  TrackerInput,
  TrackUpdate,
} from '../contracts/tracker.js';
import { iou } from '../geometry/box.js';
import { defined } from '../options.js';
import { AppearanceEntry } from './appearance-entry.js';
import { bestPairs, bufferedIou, directionConsistency } from './association.js';
import { boxMotion, type BoxMotion } from './box-filter.js';
import { trustOf, type ByteTrackerOptions } from './byte-tracker.js';
import { Clock } from './clock.js';
import { adaptiveWeights } from './appearance.js';
import { ReIdentification, type ReIdentificationOptions } from './re-identification.js';
import { byId, TrackRecord } from './track-record.js';
import { itemAt } from '../item-at.js';

export interface AppearanceTrackerOptions extends ByteTrackerOptions, ReIdentificationOptions {
  /** How long a lost face is remembered by its appearance, in milliseconds. Default 120 000. */
  readonly memoryMs?: number;
  /** How many lost faces are remembered; the longest unseen go first. Default 256. */
  readonly memorySize?: number;
  /** Weight of the direction of movement against the overlap (OCM). Default 0.2. */
  readonly momentumWeight?: number;
  /** Span over which the direction of movement is taken, in milliseconds. Default 150. */
  readonly momentumMs?: number;
  /** Weight of appearance against the overlap, where it is known. Default 0.75. */
  readonly appearanceWeight?: number;
  /** Greatest extra weight of an appearance that stands out. Default 0.5. */
  readonly appearanceBoost?: number;
  /** Two faces whose boxes overlap by more than this IoU may be confused. Default 0.1. */
  readonly crowdedOverlap?: number;
  /** A track matched after being unseen for longer than this is in doubt, in milliseconds. Default 200. */
  readonly doubtGapMs?: number;
  /** A track matched to a box that overlaps the predicted one by less than this IoU is in doubt. Default 0.3. */
  readonly doubtOverlap?: number;
}

interface Found {
  readonly index: number;
  readonly detection: Detection;
  readonly embedding: Float32Array | undefined;
}

type Settings = Required<Omit<AppearanceTrackerOptions, 'motion' | keyof ReIdentificationOptions>>;

/**
 * Observation-centric association with appearance, after Cao et al., "Observation-Centric SORT" (CVPR 2023) and
 * Maggiolino et al., "Deep OC-SORT" (ICIP 2023), with ByteTrack's second stage for low scores.
 *
 * Boxes are matched by buffered overlap with the prediction, direction of movement and, where embeddings are at
 * hand, appearance under adaptive weights; then by overlap with the last observation. A gap is re-updated along
 * a virtual path. Lost faces leave the motion model after `lostMs` and stay in memory by their appearance, so that
 * they keep their id when they come back, also after a cut.
 *
 * Embeddings may come with the update (for all, some or no detections) or later, for those tracks that want one,
 * through `observe`; then earlier ids may turn out to be wrong, see {@link TrackCorrection}. Without any
 * embedding this is an observation-centric motion tracker.
 */
export class AppearanceTracker implements AppearanceAwareTracker {
  readonly #settings: Settings;
  readonly #rejectThreshold: number;
  readonly #motion: BoxMotion;
  readonly #clock = new Clock();
  readonly #reIdentification: ReIdentification;
  /** Ids that were absorbed by another track, for observations that come late. */
  readonly #absorbed = new Map<number, number>();
  #entries: AppearanceEntry[] = [];
  #ended: Track[] = [];
  #nextId = 1;

  constructor(options: AppearanceTrackerOptions = {}) {
    const { motion, similarityThreshold = 0.35, rejectThreshold = 0.2, margin = 0.05, ...rest } = options;
    this.#motion = boxMotion(motion);
    this.#rejectThreshold = rejectThreshold;
    this.#settings = {
      highScore: 0.6,
      lowScore: 0.1,
      minOverlap: 0.2,
      minOverlapLow: 0.5,
      buffer: 0.3,
      lostMs: 1000,
      confirmHits: 2,
      tentativeMs: 150,
      memoryMs: 120_000,
      memorySize: 256,
      momentumWeight: 0.2,
      momentumMs: 150,
      appearanceWeight: 0.75,
      appearanceBoost: 0.5,
      crowdedOverlap: 0.1,
      doubtGapMs: 200,
      doubtOverlap: 0.3,
      ...defined(rest),
    };
    const store = {
      all: () => this.#entries,
      spawn: (entry: AppearanceEntry, sinceMs: number) => {
        const fresh = new AppearanceEntry(entry.record.successor(this.#nextId++, sinceMs));
        fresh.relabelledMs = this.#clock.timeMs ?? sinceMs;
        this.#entries.push(fresh);
        return fresh;
      },
      absorb: (from: AppearanceEntry, to: AppearanceEntry) => {
        this.#entries = this.#entries.filter((entry) => entry !== from);
        this.#absorbed.set(from.id, to.id);
      },
    };
    this.#reIdentification = new ReIdentification(store, { similarityThreshold, rejectThreshold, margin });
  }

  update(input: TrackerInput): TrackUpdate {
    const { timeMs } = input;
    this.#clock.advance(timeMs);
    for (const entry of this.#entries) {
      if (entry.hasMotion) entry.record.predict(timeMs);
      else entry.record.detection = undefined;
    }
    const corrections: TrackCorrection[] = [];
    if (input.detections !== undefined) {
      const found = input.detections.map((detection, index) => ({
        index,
        detection,
        embedding: input.embeddings?.[index],
      }));
      this.#associate(found, timeMs);
      this.#raiseDoubts(timeMs);
      corrections.push(...this.#learnFrom(found, timeMs));
    }
    this.#entries.sort((a, b) => byId(a.record, b.record));
    const ended = this.#ended;
    this.#ended = [];
    const tracks = this.#entries.map((entry) => entry.snapshot());
    return corrections.length === 0 ? { tracks, ended } : { tracks, ended, corrections };
  }

  observe(observation: AppearanceObservation): readonly TrackCorrection[] {
    const { timeMs, embedding, quality, compare } = observation;
    let id = observation.trackId;
    for (let to = this.#absorbed.get(id); to !== undefined; to = this.#absorbed.get(id)) id = to;
    const entry = this.#entries.find((candidate) => candidate.id === id);
    // While the embedding was computed, the track may have changed places: then nobody knows whose face it is.
    const outdated = entry !== undefined && timeMs < entry.relabelledMs;
    if (entry === undefined || outdated || !(quality > 0)) return [];
    return this.#reIdentification.learn(entry, embedding, Math.min(quality, 1), timeMs, compare);
  }

  reset(reason: 'cut' | 'seek'): void {
    for (const entry of this.#entries) {
      if (reason === 'cut' && entry.appearance.known && entry.record.state !== 'tentative') {
        entry.record.state = 'lost';
        entry.record.detection = undefined;
        entry.hasMotion = false;
        entry.crowded = false;
      } else {
        this.#ended.push(entry.record.snapshot());
      }
    }
    this.#entries = reason === 'cut' ? this.#entries.filter((entry) => entry.lost && !entry.hasMotion) : [];
    if (reason === 'seek') {
      this.#clock.restart();
      this.#absorbed.clear();
    }
  }

  finish(): readonly Track[] {
    this.reset('seek');
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #associate(found: readonly Found[], timeMs: number): void {
    const { highScore, lowScore, minOverlap, minOverlapLow, buffer, confirmHits } = this.#settings;
    const high = found.filter(({ detection }) => detection.score >= highScore);
    const low = found.filter(({ detection }) => detection.score >= lowScore && detection.score < highScore);
    const moving = this.#entries.filter((entry) => entry.hasMotion);
    const believed = moving.filter(({ record }) => record.state !== 'tentative');
    const tentative = moving.filter(({ record }) => record.state === 'tentative');
    const overlap = (entry: AppearanceEntry, { detection }: Found): number =>
      bufferedIou(entry.record.box, detection.box, buffer);
    const overlapWithLast = (entry: AppearanceEntry, item: Found): number | undefined =>
      this.#contradicts(entry, item)
        ? undefined
        : bufferedIou(entry.record.last.box, item.detection.box, buffer);

    const first = bestPairs(believed, high, 0, this.#benefit(believed, high));
    const seen = first.freeRows.filter(({ record }) => record.state === 'confirmed');
    const second = bestPairs(seen, low, minOverlapLow, overlap);
    const taken = new Set(second.pairs.map(([entry]) => entry));
    const unseen = first.freeRows.filter((entry) => !taken.has(entry));
    const third = bestPairs(unseen, first.freeColumns, minOverlap, overlapWithLast);
    const fourth = bestPairs(tentative, third.freeColumns, minOverlap, overlap);
    // What was surely found once, and is found again with less certainty, is a face in the dark.
    const fifth = bestPairs(fourth.freeRows, second.freeColumns, minOverlapLow, overlap);
    for (const { pairs } of [first, second, third, fourth, fifth]) {
      for (const [entry, item] of pairs) this.#match(entry, item, timeMs);
    }
    const fresh = this.#recall(fourth.freeColumns, timeMs);
    for (const entry of this.#entries) if (entry.record.detection === undefined) this.#miss(entry, timeMs);
    this.#forget(timeMs);
    for (const { index, detection } of fresh) {
      const record = new TrackRecord(this.#nextId++, index, detection, timeMs, this.#motion);
      if (confirmHits <= 1) record.state = 'confirmed';
      this.#entries.push(new AppearanceEntry(record));
    }
  }

  /** Stage one: overlap with the prediction, plus momentum, plus appearance. */
  #benefit(entries: readonly AppearanceEntry[], found: readonly Found[]) {
    const { minOverlap, buffer, momentumWeight, momentumMs, appearanceWeight, appearanceBoost } =
      this.#settings;
    const similarities = new Float64Array(entries.length * found.length);
    entries.forEach(({ appearance }, i) => {
      found.forEach(({ embedding }, j) => {
        const known = embedding === undefined ? undefined : appearance.similarity(embedding);
        similarities[i * found.length + j] = known ?? NaN;
      });
    });
    const weights = adaptiveWeights(
      similarities,
      entries.length,
      found.length,
      appearanceWeight,
      appearanceBoost,
    );
    const rowOf = new Map(entries.map((entry, i) => [entry, i]));
    const columnOf = new Map(found.map((item, j) => [item, j]));
    return (entry: AppearanceEntry, item: Found): number | undefined => {
      const { record } = entry;
      const shared = bufferedIou(record.box, item.detection.box, buffer);
      if (shared < minOverlap || this.#contradicts(entry, item)) return undefined;
      const momentum = directionConsistency(
        record.earlier(momentumMs).box,
        record.last.box,
        item.detection.box,
      );
      const k = (rowOf.get(entry) ?? 0) * found.length + (columnOf.get(item) ?? 0);
      const weight = itemAt(weights, k);
      const appearance = weight === 0 ? 0 : weight * (itemAt(similarities, k) - this.#rejectThreshold);
      return shared + momentumWeight * momentum * item.detection.score + appearance;
    };
  }

  #contradicts(entry: AppearanceEntry, { embedding }: Found): boolean {
    const similarity = embedding === undefined ? undefined : entry.appearance.similarity(embedding);
    return similarity !== undefined && similarity < this.#rejectThreshold;
  }

  #match(entry: AppearanceEntry, { index, detection }: Found, timeMs: number): void {
    const { record } = entry;
    if (timeMs - record.lastSeenMs > this.#settings.doubtGapMs && record.state === 'lost')
      entry.doubt(timeMs);
    record.match(index, detection, trustOf(detection), this.#clock.stepMs);
    if (record.state === 'lost' || record.hits >= this.#settings.confirmHits) record.state = 'confirmed';
  }

  /** Detections that no motion explains, but whose appearance is that of a lost track. @returns the others. */
  #recall(found: readonly Found[], timeMs: number): readonly Found[] {
    const rest: Found[] = [];
    for (const item of found) {
      const entry = item.embedding && this.#reIdentification.findLost(item.embedding)?.other;
      if (entry === undefined || entry.record.detection !== undefined) {
        rest.push(item);
        continue;
      }
      entry.record.reappear(item.index, item.detection, timeMs);
      entry.record.state = 'confirmed';
      entry.hasMotion = true;
      entry.trust();
    }
    return rest;
  }

  #miss(entry: AppearanceEntry, timeMs: number): void {
    if (entry.record.state === 'confirmed') entry.record.state = 'lost';
    if (entry.lost && timeMs - entry.record.lastSeenMs > this.#settings.lostMs) entry.hasMotion = false;
  }

  /** Ends what may not come back, and keeps the memory within its bounds. */
  #forget(timeMs: number): void {
    const { tentativeMs, lostMs, memoryMs, memorySize } = this.#settings;
    const limitOf = (entry: AppearanceEntry): number => {
      if (entry.record.state === 'tentative') return tentativeMs;
      return entry.appearance.known ? Math.max(memoryMs, lostMs) : lostMs;
    };
    const over = new Set(
      this.#entries.filter(
        (entry) => entry.record.detection === undefined && timeMs - entry.record.lastSeenMs > limitOf(entry),
      ),
    );
    const memory = this.#entries
      .filter((entry) => entry.lost && !over.has(entry))
      .sort((a, b) => b.record.lastSeenMs - a.record.lastSeenMs);
    for (const entry of memory.slice(memorySize)) over.add(entry);
    if (over.size === 0) return;
    for (const entry of over) this.#ended.push(entry.record.snapshot());
    this.#entries = this.#entries.filter((entry) => !over.has(entry));
    const alive = new Set(this.#entries.map((entry) => entry.id));
    for (const [from, to] of this.#absorbed) {
      if (!alive.has(to) && !this.#absorbed.has(to)) this.#absorbed.delete(from);
    }
  }

  /** Faces that come close to each other may be taken for one another from then on. */
  #raiseDoubts(timeMs: number): void {
    const { crowdedOverlap } = this.#settings;
    const near = this.#entries.filter((entry) => entry.hasMotion);
    for (const entry of near) entry.crowded = false;
    near.forEach((a, i) => {
      for (const b of near.slice(i + 1)) {
        if ((a.lost && b.lost) || iou(a.record.box, b.record.box) <= crowdedOverlap) continue;
        a.doubt(timeMs);
        b.doubt(timeMs);
        // Who is lost is behind the other, and does not spoil its picture.
        if (!a.lost && !b.lost) a.crowded = b.crowded = true;
      }
    });
  }

  #learnFrom(found: readonly Found[], timeMs: number): readonly TrackCorrection[] {
    const corrections: TrackCorrection[] = [];
    for (const entry of [...this.#entries]) {
      const item = entry.record.detection === undefined ? undefined : found[entry.record.detection];
      if (item?.embedding === undefined || !this.#entries.includes(entry)) continue;
      corrections.push(...this.#reIdentification.learn(entry, item.embedding, item.detection.score, timeMs));
    }
    return corrections;
  }
}
