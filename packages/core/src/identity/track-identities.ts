import type { Aligner, Embedder } from '../contracts/detector.js';
import type { Box, Candidate, Embedding, Face, FaceQuality } from '../contracts/face.js';
import type { CompareTracks, TrackCorrection } from '../contracts/tracker.js';
import type { Image } from '../contracts/image.js';
import { iou } from '../geometry/box.js';
import { evidenceOf, expectedSimilarity } from './belief.js';
import { decideByBelief, decideIdentity, DEFAULT_MARGIN } from './decide.js';
import { l2Normalize, addScaled } from './distance.js';
import type { Gallery } from './gallery.js';
import { faceQuality } from './quality.js';
import { defined } from '../options.js';
import { joinTracks, type JoinableTrack, type JoinOptions, type StrangerScale } from './join-tracks.js';
import { Relabelling } from './relabelling.js';
import { SceneLog } from './scene-log.js';
import { ShotPolicy } from './shot-policy.js';
import type { UnknownIdentities } from './unknown-identities.js';
import {
  TRACK_MARGINS,
  type AdoptOptions,
  type Observe,
  type TrackedFace,
  type TrackIdentitiesOptions,
  type TracksState,
} from './track-identities-options.js';
import { TrackIdentity, type PendingShot, type TrackRule } from './track-identity.js';
import { TrackMemory } from './track-memory.js';
import { itemAt } from '../item-at.js';

interface Shot extends PendingShot {
  /** Of the face in the frame. */
  readonly index: number;
  readonly rated: FaceQuality;
  readonly take: boolean;
}

/** A picture to embed now: of this frame, or an earlier one of a track that shows no better. */
interface Wanted {
  readonly trackId: number;
  readonly shot: PendingShot;
  /** Of the face in the frame; undefined for an earlier one. */
  readonly index?: number;
}

/** A picture that may show another face too counts half. */
const CROWDED_SHARE = 0.5;
/** A track this old gets a label of its own, however poor its pictures are. */
const LABEL_MS = 500;

/**
 * Who the tracks of one video are: takes pictures of them when the policy accepts one, adds these up per track, and
 * decides on names under the rules that no two tracks seen at once are one person (cannot-link) and that nobody
 * is named below the threshold (open set).
 *
 * Feed it frames in order, one at a time. Its memory grows with the tracks of the last `memoryMs`, and by a few
 * words with each correction.
 */
export class TrackIdentities {
  readonly #gallery: Gallery;
  readonly #embedder: Embedder;
  readonly #aligner: Aligner;
  readonly #policy: ShotPolicy;
  readonly #rule: TrackRule;
  readonly #strangers: UnknownIdentities | undefined;
  readonly #strangerQuality: number;
  readonly #crowdedOverlap: number;
  readonly #strangerScale: StrangerScale | undefined;
  readonly #scenes: SceneLog | undefined;
  readonly #relabelling = new Relabelling();
  readonly #tracks: TrackMemory;
  readonly #trusted: boolean;
  #embedded = 0;
  #resolved = false;

  constructor(gallery: Gallery, embedder: Embedder, aligner: Aligner, options: TrackIdentitiesOptions = {}) {
    const threshold = options.threshold ?? embedder.threshold;
    this.#gallery = gallery;
    this.#embedder = embedder;
    this.#aligner = aligner;
    this.#policy = new ShotPolicy(withoutUndefined(options));
    this.#rule = {
      threshold,
      margin: options.margin ?? DEFAULT_MARGIN,
      hysteresis: options.hysteresis ?? TRACK_MARGINS.hysteresis,
      firstShotMargin: options.firstShotMargin ?? TRACK_MARGINS.firstShotMargin,
      rejectThreshold: options.rejectThreshold ?? threshold / 2,
    };
    this.#strangers = options.strangers;
    this.#strangerQuality = options.strangerQuality ?? 0.3;
    this.#crowdedOverlap = options.crowdedOverlap ?? 0.15;
    this.#scenes = options.wholeFile === true ? new SceneLog() : undefined;
    this.#trusted = options.trustDetections === true;
    this.#tracks = new TrackMemory(options.memoryMs ?? 150_000, options.wholeFile === true, this.#trusted);
    this.#strangerScale = options.strangerScale;
  }

  /** Faces that went through the embedder so far. */
  get embedded(): number {
    return this.#embedded;
  }

  /** Corrections of track ids so far, and what they make of an id. */
  get relabelling(): Relabelling {
    return this.#relabelling;
  }

  /** What is known of a track; undefined when it was never seen, or not for longer than `memoryMs`. */
  track(id: number): TrackIdentity | undefined {
    return this.#tracks.get(id);
  }

  /**
   * Takes in one frame's tracked faces.
   *
   * @param cut true for the first frame of a shot.
   * @param observe called with each embedding; the corrections that it answers with are applied at once.
   * @returns the faces, same order, with their identity, quality (where detected) and, where one was made,
   * embedding; track ids corrected.
   */
  async next<F extends TrackedFace>(
    image: Image,
    timeMs: number,
    faces: readonly F[],
    observe: Observe = () => [],
    cut = false,
  ): Promise<(F & { readonly identity: NonNullable<Face['identity']> })[]> {
    this.#resolved = false;
    this.#tracks.appear(faces, timeMs);
    if (this.#scenes !== undefined) this.#watch(this.#scenes, image, timeMs, faces, cut);
    const shots = this.#shots(image, timeMs, faces);
    const wanted = this.#wanted(shots, faces, timeMs);
    const before = this.#relabelling.count;
    const embeddingOf = await this.#embed(wanted, timeMs, observe);
    this.#labelTheRest(timeMs);
    this.#tracks.keepApart(this.#rule.hysteresis);
    this.#tracks.forget(timeMs);

    const shotOf = new Map(shots.map((shot) => [shot.index, shot]));
    return faces.map((face, index) => {
      const id = this.#relabelling.idOf(face.track.id, timeMs, before);
      const shot = shotOf.get(index);
      const embedding = embeddingOf.get(index);
      return {
        ...face,
        track: id === face.track.id ? face.track : { ...face.track, id },
        identity: this.#tracks.recent(id)?.identity ?? { kind: 'unknown', reason: 'not-evaluated' },
        ...(shot && { aligned: shot.aligned, quality: shot.rated }),
        ...(embedding && { embedding }),
      };
    });
  }

  #watch(scenes: SceneLog, image: Image, timeMs: number, faces: readonly TrackedFace[], cut: boolean): void {
    if (cut || !scenes.started) scenes.startShot(image);
    for (const { track, detection } of faces)
      if (!track.predicted) scenes.see(track.id, detection.box, image, timeMs);
  }

  /**
   * The file is over: tracks that had no picture embedded get one, and all are put together person by person
   * ({@link joinTracks}); {@link track} tells the result. Needs `wholeFile`; without it does nothing, as when it is asked
   * again before anything new has been seen.
   */
  async resolve(options: JoinOptions = {}): Promise<void> {
    const scenes = this.#scenes;
    if (scenes === undefined || this.#resolved) return;
    this.#resolved = true;
    await this.#complete();
    const tracks = [...this.#tracks].flatMap((entry): JoinableTrack[] => {
      const { id, appearance, weight, expected, seenWith, belief, conflict } = entry;
      const named = belief.kind === 'known' && !conflict ? { personId: belief.personId } : {};
      return appearance === undefined || !entry.believed
        ? []
        : [{ id, appearance, weight, expected, seenWith, ...named }];
    });
    const known = defined({ strangers: this.#strangerScale });
    for (const group of joinTracks(tracks, scenes, { ...known, ...options })) await this.#settle(group);
    this.#tracks.keepApart(this.#rule.hysteresis);
  }

  /** Shots of the file so far; 0 without `wholeFile`. */
  get shots(): number {
    return this.#scenes?.shots ?? 0;
  }

  /**
   * What is known of the tracks when a stretch of a file is over, for whoever puts stretches together: tracks that had
   * no picture embedded get one first. Needs `wholeFile`.
   */
  async export(): Promise<TracksState> {
    await this.#complete();
    const tracks = [...this.#tracks].map((entry) => entry.state());
    return { tracks, scenes: this.#scenes?.state() ?? { shots: [], scenes: [] } };
  }

  /**
   * Takes over the tracks of a stretch that was watched elsewhere, stretch by stretch in their order; then
   * {@link resolve} puts all together. Needs `wholeFile`.
   */
  async adopt({ tracks, scenes }: TracksState, { idOf, firstShot }: AdoptOptions): Promise<void> {
    this.#resolved = false;
    for (const state of tracks) {
      const id = idOf(state.id);
      const fresh = TrackIdentity.from(state, id, idOf, this.#trusted);
      const known = this.#tracks.recent(id);
      if (known === undefined) this.#tracks.set(fresh);
      else known.absorb(fresh, this.#rule.rejectThreshold);
      const entry = known ?? fresh;
      entry.seenWith.delete(id);
      if (entry.appearance !== undefined)
        entry.decide(await this.#gallery.search(entry.appearance), this.#rule);
    }
    this.#scenes?.adopt(scenes, idOf, firstShot);
    this.#labelTheRest(Infinity);
    this.#tracks.keepApart(this.#rule.hysteresis);
  }

  /** Embeds what waited for a better picture, and brings all tracks of the file back. */
  async #complete(): Promise<void> {
    const late = [...this.#tracks].flatMap(({ id, pending }) =>
      pending === undefined ? [] : [{ trackId: id, shot: pending }],
    );
    for (const { trackId } of late) this.#tracks.entry(trackId, 0).pending = undefined;
    await this.#embed(late, Infinity, () => []);
    this.#labelTheRest(Infinity);
    this.#tracks.recall();
    this.#tracks.keepApart(this.#rule.hysteresis);
  }

  /** Gives all tracks of one person the same name, or the first one's label. */
  async #settle(ids: readonly number[]): Promise<void> {
    const members = ids.flatMap((id) => this.#tracks.recent(id) ?? []);
    const label = members.find((one) => one.label !== undefined)?.label;
    const named = members
      .map(({ belief, conflict }) => (conflict ? undefined : belief))
      .filter((belief) => belief?.kind === 'known')
      .sort((a, b) => b.score - a.score);
    const pictures = members.reduce((sum, { shots }) => sum + shots, 0);
    if (members.length < 2 && (named[0] !== undefined || pictures < 2)) return;
    const sum = new Float32Array(members[0]?.appearance?.length ?? 0);
    for (const { appearance, weight } of members)
      if (appearance !== undefined) addScaled(sum, appearance, weight);
    const candidates = await this.#gallery.search(l2Normalize(sum));
    const expected = Math.max(...members.map((member) => member.expected));
    const together = decideByBelief(candidates, expected, this.#rule);
    for (const member of members) member.settle(named[0] ?? together, label);
  }

  /** Aligned pictures of all detected faces, and which of them to embed. */
  #shots(image: Image, timeMs: number, faces: readonly TrackedFace[]): Shot[] {
    const seen = faces.flatMap((face, index) => (face.track.predicted ? [] : [{ face, index }]));
    const aligned = this.#aligner.align(
      image,
      seen.map(({ face }) => face.detection),
    );
    return seen.map(({ face, index }, k) => {
      const picture = itemAt(aligned, k);
      const rated = faceQuality(face.detection, picture);
      const crowded = faces.some(
        (other) => other !== face && iou(other.detection.box, face.detection.box) > this.#crowdedOverlap,
      );
      const { wants } = face.track;
      const visible = visibleShare(face.detection.box, image) ** 2;
      const share = crowded ? visible * CROWDED_SHARE : visible;
      const quality = rated.overall * visible;
      const facts = { score: face.detection.score, ...rated };
      const offer = { timeMs, quality, crowded, ...(wants && { wants }) };
      const history = this.#tracks.entry(face.track.id, timeMs);
      const take = this.#policy.accepts(history, offer);
      const shot: Shot = { index, timeMs, aligned: picture, rated, facts, quality, share, take };
      const best = history.pending;
      if (history.shots === 0 && (best === undefined || quality * share > best.quality * best.share))
        history.pending = shot;
      return shot;
    });
  }

  /**
   * What to embed now. A track without any picture gets its best so far, be it from an earlier frame; and one that has
   * gone before a good one came gets it at last, so that every track is somebody.
   */
  #wanted(shots: readonly Shot[], faces: readonly TrackedFace[], timeMs: number): readonly Wanted[] {
    const wanted: Wanted[] = [];
    for (const shot of shots) {
      if (!shot.take) continue;
      const trackId = itemAt(faces, shot.index).track.id;
      const { pending } = this.#tracks.entry(trackId, timeMs);
      if (pending === undefined || pending.timeMs === timeMs)
        wanted.push({ trackId, shot, index: shot.index });
      else wanted.push({ trackId, shot: pending });
    }
    for (const entry of this.#tracks) {
      if (entry.pending !== undefined && entry.lastSeenMs < timeMs)
        wanted.push({ trackId: entry.id, shot: entry.pending });
    }
    for (const { trackId } of wanted) this.#tracks.entry(trackId, timeMs).pending = undefined;
    return wanted;
  }

  /** @returns the embeddings of this frame's faces, by their index. */
  async #embed(
    wanted: readonly Wanted[],
    timeMs: number,
    observe: Observe,
  ): Promise<ReadonlyMap<number, Embedding>> {
    const ofFrame = new Map<number, Embedding>();
    if (wanted.length === 0) return ofFrame;
    const embeddings = await this.#embedder.embed(wanted.map(({ shot }) => shot.aligned));
    this.#embedded += wanted.length;
    const before = this.#relabelling.count;
    for (const [k, { trackId, shot, index }] of wanted.entries()) {
      const embedding = itemAt(embeddings, k);
      const { vector, norm } = embedding;
      if (index !== undefined) ofFrame.set(index, embedding);
      const expected = expectedSimilarity(shot.facts, norm, this.#embedder.norms);
      const weight = Math.max(evidenceOf(expected) * shot.share, 0.01);
      const at = shot.timeMs;
      const idNow = (): number => this.#relabelling.idOf(trackId, at, before);
      const appearance = this.#tracks.entry(idNow(), at).appearanceWith(vector, weight);
      const candidates = await this.#gallery.search(appearance);
      const compare: CompareTracks = (id) => this.#compare(candidates, this.#tracks.recent(id));
      this.#correct(observe({ trackId: idNow(), timeMs: at, embedding: vector, quality: weight, compare }));
      const entry = this.#tracks.entry(idNow(), at);
      entry.expected = Math.max(entry.expected, expected * Math.sqrt(shot.share));
      await this.#learn(entry.id, vector, weight, at, shot.quality, timeMs, { appearance, candidates });
    }
    return ofFrame;
  }

  /** Whether those whom the gallery holds a face to be like tell it from another track's. */
  #compare(candidates: readonly Candidate[], other: TrackIdentity | undefined): ReturnType<CompareTracks> {
    const belief = other?.belief;
    const [best] = candidates;
    if (belief?.kind !== 'known' || best === undefined) return 'unknown';
    const named = decideIdentity(candidates, this.#rule);
    if (named.kind === 'known' && named.personId === belief.personId) return 'same';
    const own = candidates.find(({ personId }) => personId === belief.personId)?.score ?? -1;
    const apart = best.score >= this.#rule.rejectThreshold && own < best.score - this.#rule.margin;
    return apart ? 'different' : 'unknown';
  }

  #correct(corrections: readonly TrackCorrection[]): void {
    this.#relabelling.add(corrections);
    for (const { from, to, reason } of corrections) {
      if (reason !== 're-entry') continue;
      if (this.#tracks.merge({ from, to }, this.#rule.rejectThreshold)) this.#scenes?.absorb(from, to);
    }
  }

  async #learn(
    id: number,
    vector: Float32Array,
    quality: number,
    timeMs: number,
    rating: number,
    nowMs: number,
    searched: { readonly appearance: Float32Array; readonly candidates: readonly Candidate[] },
  ): Promise<void> {
    const entry = this.#tracks.entry(id, timeMs);
    const accepted = entry.add(vector, quality, timeMs, this.#rule.rejectThreshold, rating);
    if (!accepted || entry.appearance === undefined) return;
    // The picture may have been taken for another track's, or refused.
    const { appearance } = entry;
    const asExpected = searched.appearance.every((value, i) => value === appearance[i]);
    entry.decide(asExpected ? searched.candidates : await this.#gallery.search(appearance), this.#rule);
    if (this.#strangers === undefined || entry.belief.kind === 'known') return;
    if (entry.label === undefined) {
      entry.label = this.#newLabel(entry, quality, nowMs);
    } else {
      this.#strangers.reinforce(entry.label, vector, quality);
    }
  }

  #newLabel(entry: TrackIdentity, quality: number, nowMs: number): string | undefined {
    const { appearance } = entry;
    // What may be a hand is nobody yet, and nobody's appearance is made of it.
    if (appearance === undefined || this.#strangers === undefined || !entry.believed) return undefined;
    const gone = entry.lastSeenMs < nowMs;
    const old = nowMs - entry.firstSeenMs >= LABEL_MS;
    const mayCreate = gone || old || entry.bestQuality >= this.#strangerQuality;
    return this.#strangers.label(appearance, quality, this.#tracks.labelsBeside(entry), mayCreate);
  }

  /** Tracks that were too young for a label, and are not any more. */
  #labelTheRest(timeMs: number): void {
    for (const entry of this.#tracks) {
      if (entry.label === undefined && entry.belief.kind !== 'known' && entry.shots > 0)
        entry.label = this.#newLabel(entry, entry.weight, timeMs);
    }
  }
}

/** The share of a box, 0..1, that lies at least 2 % of its size inside the picture. */
function visibleShare({ x, y, width, height }: Box, image: Image): number {
  const [mx, my] = [width * 0.02, height * 0.02];
  const inside = (from: number, to: number, size: number): number =>
    Math.max(0, Math.min(to, size) - Math.max(from, 0)) / (to - from);
  return inside(x - mx, x + width + mx, image.width) * inside(y - my, y + height + my, image.height);
}

/** So that an option given as undefined does not override its default. */
function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
