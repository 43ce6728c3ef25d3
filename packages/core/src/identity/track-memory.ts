import type { TrackRef } from '../contracts/face.js';
import type { TrackCorrection } from '../contracts/tracker.js';
import type { TrackedFace } from './track-identities-options.js';
import { TrackIdentity } from './track-identity.js';

/**
 * The tracks of a video by their ids: those of the last `memoryMs`, and of a whole file those before, which are kept until
 * it is over.
 */
export class TrackMemory implements Iterable<TrackIdentity> {
  readonly #tracks = new Map<number, TrackIdentity>();
  readonly #past = new Map<number, TrackIdentity>();
  readonly #memoryMs: number;
  readonly #wholeFile: boolean;
  readonly #trusted: boolean;

  constructor(memoryMs: number, wholeFile: boolean, trusted: boolean) {
    this.#memoryMs = memoryMs;
    this.#wholeFile = wholeFile;
    this.#trusted = trusted;
  }

  /** Of the last `memoryMs`, in order of their appearance. */
  [Symbol.iterator](): Iterator<TrackIdentity> {
    return this.#tracks.values();
  }

  /** A track of the last `memoryMs`. */
  recent(id: number): TrackIdentity | undefined {
    return this.#tracks.get(id);
  }

  /** Any track that is still known. */
  get(id: number): TrackIdentity | undefined {
    return this.#tracks.get(id) ?? this.#past.get(id);
  }

  set(entry: TrackIdentity): void {
    this.#tracks.set(entry.id, entry);
  }

  /** Makes one that is not there. */
  entry(id: number, timeMs: number): TrackIdentity {
    const entry = this.#tracks.get(id) ?? new TrackIdentity(id, timeMs, this.#trusted);
    this.#tracks.set(id, entry);
    return entry;
  }

  /** Takes note of who is seen, and with whom. */
  appear(
    faces: readonly (Pick<TrackedFace, 'detection'> & { readonly track: TrackRef })[],
    timeMs: number,
  ): void {
    const entries = faces.map((face) => ({ face, entry: this.entry(face.track.id, timeMs) }));
    for (const { face, entry } of entries) {
      entry.lastSeenMs = timeMs;
      // A predicted box may lie where another track was found again; only what was seen proves two people.
      if (face.track.predicted) continue;
      entry.observe(face.detection.score);
      for (const other of entries) {
        if (other.entry !== entry && !other.face.track.predicted) entry.seenWith.add(other.entry.id);
      }
    }
  }

  /** A track turned out to be an earlier one. @returns false when either is not known (any more). */
  merge({ from, to }: Pick<TrackCorrection, 'from' | 'to'>, rejectThreshold: number): boolean {
    const [gone, stays] = [this.#tracks.get(from), this.#tracks.get(to)];
    if (gone === undefined || stays === undefined) return false;
    stays.absorb(gone, rejectThreshold);
    this.#tracks.delete(from);
    for (const other of this) {
      if (other.seenWith.delete(from) && other !== stays) other.seenWith.add(to);
    }
    return true;
  }

  /** Of tracks that were seen at once and would get one name, the best match keeps it. */
  keepApart(hysteresis: number): void {
    const strength = ({ belief, conflict }: TrackIdentity): number =>
      belief.kind === 'known' ? belief.score + (conflict ? 0 : hysteresis) : -Infinity;
    const claims = [...this]
      .filter(({ belief }) => belief.kind === 'known')
      .sort((a, b) => strength(b) - strength(a) || a.id - b.id);
    const granted: TrackIdentity[] = [];
    for (const entry of claims) {
      const person = entry.belief.kind === 'known' ? entry.belief.personId : undefined;
      entry.conflict = granted.some(
        (other) =>
          other.belief.kind === 'known' &&
          other.belief.personId === person &&
          (entry.seenWith.has(other.id) || other.seenWith.has(entry.id)),
      );
      if (!entry.conflict) granted.push(entry);
    }
  }

  /** Labels of those whom a track was seen with. */
  labelsBeside(entry: TrackIdentity): ReadonlySet<string> {
    const labels = [...entry.seenWith].flatMap((id) => this.#tracks.get(id)?.label ?? []);
    return new Set(labels);
  }

  forget(timeMs: number): void {
    for (const [id, entry] of this.#tracks) {
      if (timeMs - entry.lastSeenMs <= this.#memoryMs) continue;
      this.#tracks.delete(id);
      if (this.#wholeFile) this.#past.set(id, entry);
      else for (const other of this) other.seenWith.delete(id);
    }
  }

  /** Brings all tracks of the file back. */
  recall(): void {
    for (const [id, entry] of this.#past) this.#tracks.set(id, entry);
    this.#past.clear();
  }
}
