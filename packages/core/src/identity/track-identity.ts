import type { AlignedFace, Candidate, Identity } from '../contracts/face.js';
import { faceOdds, sureness, type PictureFacts } from './belief.js';
import { decideIdentity, type DecisionRule } from './decide.js';
import { dotProduct, l2Normalize, addScaled } from './distance.js';
import { defined } from '../options.js';
import type { ShotHistory } from './shot-policy.js';

export interface TrackRule extends DecisionRule {
  /** A name once given is kept while the score stays above `threshold` less this. */
  readonly hysteresis: number;
  /** A name from a single picture must exceed the threshold by this. */
  readonly firstShotMargin: number;
  /** Cosine similarity to the track's own appearance below which a picture is taken for somebody else's. */
  readonly rejectThreshold: number;
}

/** Contradictions in a row until a name, or all that is known of a track's appearance, is given up. */
const CONTRADICTIONS = 2;
/** Pictures of less weight do not tell one person from another. */
const TELLING = 0.3;

/** What is known of a track, as plain data; see `TrackIdentities.export`. */
export interface TrackState {
  readonly id: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly lastShotMs: number;
  readonly shots: number;
  readonly bestQuality: number;
  readonly expected: number;
  readonly seenWith: readonly number[];
  /** Weighted sum of unit embeddings; undefined when none was made. */
  readonly sum?: Float32Array;
  readonly weight: number;
  readonly bestScore: number;
  readonly observations: number;
  /** See `Sightings`. Default: all of them. */
  readonly sure?: number;
}

/** A picture of a face that may yet be embedded. */
export interface PendingShot {
  readonly timeMs: number;
  readonly aligned: AlignedFace;
  readonly facts: PictureFacts;
  /** See {@link ShotOffer}. */
  readonly quality: number;
  /** What its evidence is multiplied by: less for a face that is cut, or near another one. */
  readonly share: number;
}

/**
 * Who one track is, as its pictures come in.
 *
 * The appearance is the quality-weighted mean of unit embeddings (quality-aware pooling, as in Yang et al., "Neural
 * Aggregation Network for Video Face Recognition", CVPR 2017, with a measured instead of a learnt weight). The
 * name follows a decision with hysteresis: it takes more to get a name, or to change it, than to keep it.
 */
export class TrackIdentity implements ShotHistory {
  readonly id: number;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  lastShotMs: number;
  shots = 0;
  /** Of the best picture embedded so far; see {@link ShotOffer}. */
  bestQuality = 0;
  /** The greatest similarity that any of its pictures is expected to have with a good one of its person, 0..1. */
  expected = 0;
  /** The best picture so far of a track that has none embedded. */
  pending: PendingShot | undefined;
  /** Tracks that were in view at the same time: other people, for certain. */
  readonly seenWith = new Set<number>();
  /** A stranger's label. Stays, also under a name, for when the name is given up. */
  label: string | undefined;
  /** Set while another track, seen at the same time, is the better match for this one's person. */
  conflict = false;
  #sum: Float32Array | undefined;
  #weight = 0;
  #bestScore = 0;
  #observations = 0;
  #sure = 0;
  readonly #trusted: boolean;
  #strange: { readonly vector: Float32Array; count: number } | undefined;
  #belief: Identity = { kind: 'unknown', reason: 'not-evaluated' };
  #contradictions = 0;

  /** @param trusted it is a face, whatever its scores and pictures are. */
  constructor(id: number, timeMs: number, trusted = false) {
    this.id = id;
    this.#trusted = trusted;
    this.firstSeenMs = this.lastSeenMs = this.lastShotMs = timeMs;
  }

  /** Unit length; undefined before the first picture. */
  get appearance(): Float32Array | undefined {
    return this.#sum && l2Normalize(this.#sum);
  }

  /** The person whose name the track carries, or would if it were not taken. */
  get belief(): Identity {
    return this.#belief;
  }

  get settled(): boolean {
    if (this.#strange !== undefined || this.#contradictions > 0) return false;
    if (this.#belief.kind === 'known') return !this.conflict;
    return this.shots >= 2 && (this.label !== undefined || !this.believed);
  }

  /** What to show: {@link belief}, unless it is taken, with the stranger's label where there is no name. */
  get identity(): Identity {
    const belief = this.#belief;
    if (belief.kind === 'known' && !this.conflict) return belief;
    const labelled = this.label === undefined ? {} : { label: this.label };
    if (belief.kind === 'unknown') return { ...belief, ...labelled };
    const { personId, name, score } = belief;
    return { kind: 'unknown', reason: 'conflict', nearest: { personId, name, score }, ...labelled };
  }

  /** Summed weight of the pictures that the appearance is made of. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * Takes in a picture.
   * @param vector unit length
   * @param quality weight, 0..1
   * @param rating what the shot policy compares pictures by, 0..1. Default: the weight.
   * @returns false when it looks like somebody else; after several such in a row that agree with one another the
   * track starts anew with them. A poor picture proves nothing, nor does the contrary of poor ones.
   */
  add(
    vector: Float32Array,
    quality: number,
    timeMs: number,
    rejectThreshold: number,
    rating = quality,
  ): boolean {
    this.lastShotMs = Math.max(this.lastShotMs, timeMs);
    const appearance = this.appearance;
    const telling = quality >= TELLING && this.#weight >= TELLING;
    if (appearance !== undefined && telling && dotProduct(appearance, vector) < rejectThreshold) {
      const agrees =
        this.#strange !== undefined && dotProduct(this.#strange.vector, vector) >= rejectThreshold;
      this.#strange = { vector, count: agrees && this.#strange !== undefined ? this.#strange.count + 1 : 1 };
      if (this.#strange.count < CONTRADICTIONS) return false;
      this.#forget();
    }
    this.#strange = undefined;
    const weight = Math.max(quality, 0.01);
    const sum = (this.#sum ??= new Float32Array(vector.length));
    addScaled(sum, vector, weight);
    this.#weight += weight;
    this.shots++;
    this.bestQuality = Math.max(this.bestQuality, rating);
    return true;
  }

  /** What the {@link appearance} would be with one more picture. @param vector unit length */
  appearanceWith(vector: Float32Array, quality: number): Float32Array {
    const weight = Math.max(quality, 0.01);
    return l2Normalize(vector.map((value, i) => (this.#sum?.[i] ?? 0) + weight * value));
  }

  #forget(): void {
    this.#sum = undefined;
    this.#weight = 0;
    this.shots = 0;
    this.bestQuality = 0;
    this.label = undefined;
    this.conflict = false;
    this.#belief = { kind: 'unknown', reason: 'not-evaluated' };
    this.#contradictions = 0;
  }

  /** @param id under which it goes from now on. @param idOf of the tracks that it was seen with. */
  static from(state: TrackState, id: number, idOf: (id: number) => number, trusted = false): TrackIdentity {
    const track = new TrackIdentity(id, state.firstSeenMs, trusted);
    track.lastSeenMs = state.lastSeenMs;
    track.lastShotMs = state.lastShotMs;
    track.shots = state.shots;
    track.bestQuality = state.bestQuality;
    track.expected = state.expected;
    for (const other of state.seenWith) track.seenWith.add(idOf(other));
    track.#sum = state.sum?.slice();
    track.#weight = state.weight;
    track.#bestScore = state.bestScore;
    track.#observations = state.observations;
    track.#sure = state.sure ?? state.observations;
    return track;
  }

  /** All but names and labels, which another gallery gives anew. */
  state(): TrackState {
    const { id, firstSeenMs, lastSeenMs, lastShotMs, shots, bestQuality, expected } = this;
    return {
      ...{ id, firstSeenMs, lastSeenMs, lastShotMs, shots, bestQuality, expected },
      seenWith: [...this.seenWith],
      ...(this.#sum !== undefined && { sum: this.#sum.slice() }),
      weight: this.#weight,
      bestScore: this.#bestScore,
      observations: this.#observations,
      sure: this.#sure,
    };
  }

  /** Of the detector, 0..1. */
  get bestScore(): number {
    return this.#bestScore;
  }

  /** The detector saw it, with this score. */
  observe(score: number): void {
    this.#observations++;
    this.#sure += sureness(score);
    this.#bestScore = Math.max(this.#bestScore, score);
  }

  /**
   * False for what is likelier a hand, a vase or hair than a face: nothing that was sure to the detector, and what the
   * embedder made of its pictures is hollow. True as long as nothing has been embedded.
   */
  get believed(): boolean {
    const seen = { all: this.#observations, sure: this.#sure };
    return this.#trusted || this.shots === 0 || faceOdds(this.#bestScore, this.expected, seen) >= 0;
  }

  /** What the whole of a file says of it, over what its own pictures did. */
  settle(belief: Identity, label: string | undefined): void {
    this.#belief = belief;
    this.label = label;
  }

  /** @param candidates people like the {@link appearance}, at most one entry per person, best first. */
  decide(candidates: readonly Candidate[], rule: TrackRule): void {
    const fresh = decideIdentity(candidates, rule);
    const held = this.#belief;
    if (held.kind === 'unknown') {
      const sure =
        this.shots > 1 || (fresh.kind === 'known' && fresh.score >= rule.threshold + rule.firstShotMargin);
      this.#belief =
        fresh.kind === 'known' && !sure
          ? { kind: 'unknown', reason: 'below-threshold', ...defined({ nearest: candidates[0] }) }
          : fresh;
      return;
    }
    if (fresh.kind === 'known' && fresh.personId === held.personId) {
      this.#belief = fresh;
      this.#contradictions = 0;
      return;
    }
    const still = candidates.find(({ personId }) => personId === held.personId);
    const best = candidates[0];
    const keeps =
      still !== undefined &&
      still.score >= rule.threshold - rule.hysteresis &&
      best?.personId === still.personId;
    if (keeps) {
      this.#belief = {
        ...held,
        score: still.score,
        margin: still.score - (candidates[1]?.score ?? -Infinity),
      };
      this.#contradictions = 0;
    } else if (++this.#contradictions >= CONTRADICTIONS) {
      this.#belief = fresh;
      this.#contradictions = 0;
    }
  }

  /**
   * Takes over what is known of a track that turned out to be this one. Pictures of it that look like somebody else
   * were bad ones, and are left behind.
   */
  absorb(other: TrackIdentity, rejectThreshold: number): void {
    this.lastShotMs = Math.max(this.lastShotMs, other.lastShotMs);
    this.lastSeenMs = Math.max(this.lastSeenMs, other.lastSeenMs);
    for (const id of other.seenWith) if (id !== this.id) this.seenWith.add(id);
    const [own, others] = [this.appearance, other.appearance];
    if (own !== undefined && others !== undefined && dotProduct(own, others) < rejectThreshold) return;
    if (other.#sum !== undefined) {
      const sum = (this.#sum ??= new Float32Array(other.#sum.length));
      addScaled(sum, other.#sum);
      this.#weight += other.#weight;
    }
    this.shots += other.shots;
    this.bestQuality = Math.max(this.bestQuality, other.bestQuality);
    this.expected = Math.max(this.expected, other.expected);
    this.#bestScore = Math.max(this.#bestScore, other.#bestScore);
    this.#observations += other.#observations;
    this.#sure += other.#sure;
    this.label ??= other.label;
    if (this.#belief.kind === 'unknown') this.#belief = other.#belief;
  }
}
