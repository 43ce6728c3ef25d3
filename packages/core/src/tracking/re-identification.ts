import type { CompareTracks, TrackCorrection } from '../contracts/tracker.js';
import { defined } from '../options.js';
import type { AppearanceEntry } from './appearance-entry.js';
import { Appearance } from './appearance.js';

export interface ReIdentificationOptions {
  /** Cosine similarity from which a face counts as the same person's. Default 0.35; take the embedder's. */
  readonly similarityThreshold?: number;
  /** Cosine similarity below which a face counts as somebody else's. Default 0.2. */
  readonly rejectThreshold?: number;
  /**
   * Cosine similarity from which one picture is enough to take a face for one that was lost; below, another picture must
   * agree. Default: 0.15 more than `similarityThreshold`.
   */
  readonly sureThreshold?: number;
  /** By how much the best candidate must beat every other person. Default 0.05. */
  readonly margin?: number;
}

/** A picture of less quality (a profile, a blur) looks like nobody, and says nothing against anybody. */
const TELLING = 0.3;

const nothingKnown: CompareTracks = () => 'unknown';

/** What re-identification needs of the tracker that owns the entries. */
export interface EntryStore {
  all(): Iterable<AppearanceEntry>;
  /** A new entry, with a new id, that follows what `entry` has followed since `sinceMs`. */
  spawn(entry: AppearanceEntry, sinceMs: number): AppearanceEntry;
  /** Forgets `from`, whose observations from now on concern `to`. */
  absorb(from: AppearanceEntry, to: AppearanceEntry): void;
}

/**
 * Decides, when an embedding of a track's face arrives, whether the track is who it was taken for.
 *
 * Two tracks that were visible at the same time are never made one (cannot-link); doubt alone changes nothing,
 * only a better explanation does.
 */
export class ReIdentification {
  readonly #options: Required<ReIdentificationOptions>;
  readonly #store: EntryStore;

  constructor(store: EntryStore, options: ReIdentificationOptions = {}) {
    this.#store = store;
    const { similarityThreshold = 0.35 } = options;
    const sureThreshold = similarityThreshold + 0.15;
    const usual = { similarityThreshold, sureThreshold, rejectThreshold: 0.2, margin: 0.05 };
    this.#options = { ...usual, ...defined(options) };
  }

  learn(
    entry: AppearanceEntry,
    embedding: Float32Array,
    quality: number,
    timeMs: number,
    compare: CompareTracks = nothingKnown,
  ): readonly TrackCorrection[] {
    const own = entry.appearance.similarity(embedding);
    if (own === undefined) {
      entry.remember(embedding, quality, timeMs);
      entry.trust();
      return this.#reEntry(entry, embedding, quality, compare);
    }
    if (entry.doubtSinceMs === undefined) {
      if (own < this.#options.rejectThreshold) {
        if (quality < TELLING) return [];
        entry.misjudged = entry.beganBadly(quality, timeMs);
        entry.doubt(timeMs);
        entry.mismatches++;
        return [];
      }
      entry.remember(embedding, quality, timeMs);
      return this.#reEntry(entry, embedding, quality, compare);
    }
    // A picture from before the doubt arose says nothing about it.
    if (timeMs < entry.doubtSinceMs) return [];
    if (entry.misjudged && own < this.#options.rejectThreshold && entry.beganBadly(quality, timeMs)) {
      return this.#startOver(entry, embedding, quality, timeMs, compare);
    }
    return this.#settle(entry, entry.doubtSinceMs, embedding, own, quality, timeMs, compare);
  }

  /** The track stays what it is, but its appearance is that of the newer, better pictures. */
  #startOver(
    entry: AppearanceEntry,
    embedding: Float32Array,
    quality: number,
    timeMs: number,
    compare: CompareTracks,
  ): readonly TrackCorrection[] {
    entry.appearance = new Appearance();
    entry.remember(embedding, quality, timeMs);
    entry.trust();
    return this.#reEntry(entry, embedding, quality, compare);
  }

  #settle(
    entry: AppearanceEntry,
    sinceMs: number,
    embedding: Float32Array,
    own: number,
    quality: number,
    timeMs: number,
    compare: CompareTracks,
  ): readonly TrackCorrection[] {
    const { similarityThreshold, rejectThreshold, margin } = this.#options;
    const other = this.#betterMatch(entry, embedding, quality, compare);
    if (other !== undefined && other.similarity > own + margin) {
      entry.trust();
      return other.entry.lost
        ? this.#moveTo(entry, other.entry, sinceMs, timeMs)
        : this.#swap(entry, other.entry, sinceMs, timeMs);
    }
    if (own >= similarityThreshold) {
      entry.trust();
      entry.remember(embedding, quality, timeMs);
      return [];
    }
    if (own >= rejectThreshold || quality < TELLING || ++entry.mismatches < 2) return [];
    const fresh = this.#store.spawn(entry, sinceMs);
    fresh.remember(embedding, quality, timeMs);
    this.#leave(entry, sinceMs, timeMs);
    return [{ from: entry.id, to: fresh.id, sinceMs, reason: 'split' }];
  }

  /** The other track, lost or itself in doubt, that this picture fits well. */
  #betterMatch(entry: AppearanceEntry, embedding: Float32Array, quality: number, compare: CompareTracks) {
    let best: { entry: AppearanceEntry; similarity: number } | undefined;
    for (const other of this.#store.all()) {
      if (other === entry || (!other.lost && other.doubtSinceMs === undefined)) continue;
      // Poor pictures look alike, whoever they show: two of them say nothing.
      if (quality + other.appearance.weight < TELLING) continue;
      const similarity = other.appearance.similarity(embedding);
      if (similarity === undefined || similarity < this.#options.similarityThreshold) continue;
      if (compare(other.id) === 'different') continue;
      if (best === undefined || similarity > best.similarity) best = { entry: other, similarity };
    }
    return best;
  }

  #swap(a: AppearanceEntry, b: AppearanceEntry, since: number, now: number): readonly TrackCorrection[] {
    const sinceMs = Math.max(since, b.doubtSinceMs ?? since);
    a.record.exchange(b.record);
    [a.hasMotion, b.hasMotion] = [b.hasMotion, a.hasMotion];
    a.trust();
    b.trust();
    a.relabelledMs = b.relabelledMs = now;
    return [
      { from: a.id, to: b.id, sinceMs, reason: 'swap' },
      { from: b.id, to: a.id, sinceMs, reason: 'swap' },
    ];
  }

  #moveTo(
    entry: AppearanceEntry,
    owner: AppearanceEntry,
    since: number,
    now: number,
  ): readonly TrackCorrection[] {
    // Nothing says that the track ever showed somebody else: it was the owner from its beginning.
    const alike = (entry.appearance.similarityTo(owner.appearance) ?? 0) >= this.#options.rejectThreshold;
    if (alike && owner.record.lastSeenMs < entry.record.firstSeenMs) return this.#unite(entry, owner);
    // While the owner was still seen elsewhere, this track cannot have shown its face.
    const sinceMs = Math.max(since, owner.record.lastSeenMs + 1);
    owner.record.follow(entry.record);
    owner.hasMotion = entry.hasMotion;
    owner.trust();
    owner.relabelledMs = now;
    this.#leave(entry, sinceMs, now);
    return [{ from: entry.id, to: owner.id, sinceMs, reason: 'split' }];
  }

  #leave(entry: AppearanceEntry, sinceMs: number, now: number): void {
    entry.record.vanish(sinceMs - 1);
    entry.hasMotion = false;
    entry.relabelledMs = now;
    entry.trust();
  }

  /**
   * Makes a track one with the lost track whose face it shows. One picture is enough where it is much like the other's, or
   * where a gallery names both alike; else the next one has to agree: people of one film look alike more often than those
   * of a collection, and what was once made one stays so.
   */
  #reEntry(
    entry: AppearanceEntry,
    embedding: Float32Array,
    quality: number,
    compare: CompareTracks,
  ): readonly TrackCorrection[] {
    // Poor pictures look alike, whoever they show.
    if (quality < TELLING) {
      entry.claims(entry.claim);
      return [];
    }
    const found = this.findLost(embedding, entry, compare);
    if (found === undefined) {
      entry.claims(undefined);
      return [];
    }
    const { other, similarity } = found;
    const sure =
      similarity >= this.#options.sureThreshold || entry.claim === other.id || compare(other.id) === 'same';
    if (sure) return this.#unite(entry, other);
    entry.claims(other.id);
    return [];
  }

  #unite(entry: AppearanceEntry, old: AppearanceEntry): readonly TrackCorrection[] {
    const sinceMs = entry.record.firstSeenMs;
    old.record.follow(entry.record);
    old.hasMotion = entry.hasMotion;
    old.appearance.merge(entry.appearance);
    old.trust();
    this.#store.absorb(entry, old);
    return [{ from: entry.id, to: old.id, sinceMs, reason: 're-entry' }];
  }

  /**
   * The lost track that a face belongs to: similar enough, and by a margin more so than any other person.
   * @param entry the track that shows the face, if there is one already.
   */
  findLost(
    embedding: Float32Array,
    entry?: AppearanceEntry,
    compare: CompareTracks = nothingKnown,
  ): { readonly other: AppearanceEntry; readonly similarity: number } | undefined {
    const { similarityThreshold, margin } = this.#options;
    const scored: { readonly other: AppearanceEntry; readonly similarity: number }[] = [];
    for (const other of this.#store.all()) {
      const similarity = other === entry ? undefined : other.appearance.similarity(embedding);
      if (similarity !== undefined && compare(other.id) !== 'different') scored.push({ other, similarity });
    }
    const linkable = (other: AppearanceEntry): boolean =>
      other.lost &&
      other.appearance.weight >= TELLING &&
      (entry === undefined || other.record.lastSeenMs < entry.record.firstSeenMs);
    const best = scored
      .filter(({ other }) => linkable(other))
      .reduce<(typeof scored)[number] | undefined>(
        (a, b) => (a === undefined || b.similarity > a.similarity ? b : a),
        undefined,
      );
    if (best === undefined || best.similarity < similarityThreshold) return undefined;
    const rival = scored.some(
      ({ other, similarity }) =>
        other !== best.other &&
        similarity > best.similarity - margin &&
        // Two lost tracks that look alike may be the same person, who does not compete with herself.
        !(
          linkable(other) &&
          (other.appearance.similarityTo(best.other.appearance) ?? 0) >= similarityThreshold
        ),
    );
    return rival ? undefined : best;
  }
}
