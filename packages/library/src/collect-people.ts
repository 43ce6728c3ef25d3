import {
  iou,
  l2Normalize,
  type Detection,
  type Face,
  type FaceQuality,
  type FrameFaces,
  type ImageCodec,
  type Sink,
  type TrackIdentity,
  type TrackSpan,
  type VideoPlace,
  addScaled,
} from '@fr-stream/core';
import type { KnownTracks } from '@fr-stream/engine';
import { TrackLog, whoIs, type PersonTimeline } from '@fr-stream/stream';
import { HeldShots } from './held-shots.js';
import type { SeenPerson } from './seen-person.js';

export interface CollectOptions {
  readonly codec: ImageCodec;
  /** What tracks turned out to be; a `WholeFile` is closed before this: sinks are closed in their order. */
  readonly whole: KnownTracks;
  /** Whoever goes through one of these is left out; see `VideoLibrary.forgottenPlaces`. */
  readonly forgotten?: readonly VideoPlace[];
}

/** How far a frame may be from the time of a place. */
const SAME_TIME_MS = 250;
const SAME_FACE_IOU = 0.4;
/** Where somebody was is remembered so often. */
const PLACE_EVERY_MS = 1000;

interface Best {
  readonly track: number;
  readonly timeMs: number;
  readonly detection: Detection;
  readonly quality: FaceQuality;
}

interface Observed {
  last: { readonly index: number; readonly timeMs: number };
  readonly places: VideoPlace[];
  norm: number;
  normQuality: number;
  gone: boolean;
}

/**
 * Gathers who is in a video, or in a part of one, when, and their best picture. Memory grows with tracks and the
 * seconds that they last, not with frames.
 */
export class PeopleCollector implements Sink<FrameFaces> {
  readonly #options: CollectOptions;
  readonly #log: TrackLog;
  readonly #shots: HeldShots;
  readonly #bests = new Map<string, Best>();
  readonly #observations = new Map<number, Observed>();
  /** Frames that were seen. */
  frames = 0;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.#log = new TrackLog({ hindsight: options.whole });
    this.#shots = new HeldShots(options.codec);
  }

  async write(item: FrameFaces): Promise<void> {
    this.frames++;
    this.#log.add(item);
    for (const face of item.faces) this.#see(face, item);
    await this.#shots.settle();
  }

  #see(face: Face, { frame }: FrameFaces): void {
    const { track, detection, quality, aligned, embedding } = face;
    if (!track || track.predicted) return;
    const { index, timeMs } = frame;
    const observed = this.#observations.get(track.id) ?? {
      last: { index, timeMs },
      places: [],
      norm: 0,
      normQuality: -1,
      gone: false,
    };
    this.#observations.set(track.id, observed);
    observed.last = { index, timeMs };
    const { box } = detection;
    if (timeMs - (observed.places.at(-1)?.timeMs ?? -Infinity) >= PLACE_EVERY_MS)
      observed.places.push({ timeMs, box });
    for (const place of this.#options.forgotten ?? [])
      if (Math.abs(place.timeMs - timeMs) <= SAME_TIME_MS && iou(place.box, box) >= SAME_FACE_IOU)
        observed.gone = true;
    if (!quality || !aligned) return;
    if (embedding && quality.overall > observed.normQuality) {
      observed.norm = embedding.norm;
      observed.normQuality = quality.overall;
    }
    // What a track is called may change with whom it follows.
    const key = `${track.id} ${whoIs(face.identity) ?? ''}`;
    const best = this.#bests.get(key);
    if (best !== undefined && quality.overall <= best.quality.overall) return;
    this.#bests.set(key, { track: track.id, timeMs, detection, quality });
    this.#shots.put(key, timeMs, frame.image, box, aligned.image);
  }

  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}

  /** Everybody of whom there is a picture; to be asked when `whole` can tell. */
  async people(labelled: (label: string) => string | undefined): Promise<readonly SeenPerson[]> {
    const bests = new Map<string, { readonly key: string; readonly best: Best }>();
    for (const [key, best] of this.#bests) {
      const person = this.#log.personAt(best.track, best.timeMs);
      if (person === undefined) continue;
      if (best.quality.overall > (bests.get(person)?.best.quality.overall ?? -1))
        bests.set(person, { key, best });
    }
    const people: SeenPerson[] = [];
    for (const timeline of this.#log.people()) {
      const found = bests.get(timeline.key);
      const files = found && (await this.#shots.take(found.key));
      if (found === undefined || files === undefined) continue;
      const person = this.#person(timeline, found.best, labelled);
      if (person !== undefined) people.push({ ...person, ...files });
    }
    return people;
  }

  #person(
    { tracks, intervals, personId, known, who }: PersonTimeline,
    { timeMs, detection, quality }: Best,
    labelled: (label: string) => string | undefined,
  ): Omit<SeenPerson, 'cutout' | 'aligned'> | undefined {
    const observations = tracks.flatMap((id) => this.#observations.get(id) ?? []);
    if (observations.some(({ gone }) => gone)) return undefined;
    const entries = new Set<TrackIdentity>();
    for (const id of tracks) {
      const observed = this.#observations.get(id);
      const entry = observed && this.#options.whole.trackOf(id, observed.last);
      if (entry !== undefined) entries.add(entry);
    }
    let sum: Float32Array | undefined;
    let weight = 0;
    let pictures = 0;
    for (const entry of entries) {
      const { appearance } = entry;
      if (appearance === undefined) continue;
      sum ??= new Float32Array(appearance.length);
      addScaled(sum, appearance, entry.weight);
      weight += entry.weight;
      pictures += entry.shots;
    }
    if (sum === undefined) return undefined;
    const places = observations.flatMap((observed) => observed.places);
    const [first, ...rest] = intervals.map(({ fromMs, toMs }): TrackSpan => {
      const seen = nearest(places, (fromMs + toMs) / 2, fromMs, toMs);
      return { fromMs, toMs, ...(seen && { seen }) };
    });
    if (first === undefined) return undefined;
    const id = personId ?? (known ? undefined : labelled(who));
    return {
      spans: [first, ...rest],
      best: { timeMs, detection, quality },
      appearance: l2Normalize(sum),
      weight: Math.max(weight, 0.01),
      norm: Math.max(0, ...observations.map(({ norm }) => norm)),
      pictures,
      ...(id !== undefined && { personId: id }),
      ...(id === undefined && !known && !who.startsWith('track-') && { label: who }),
    };
  }
}

function nearest(
  places: readonly VideoPlace[],
  at: number,
  from: number,
  to: number,
): VideoPlace | undefined {
  let best: VideoPlace | undefined;
  for (const place of places) {
    if (place.timeMs < from || place.timeMs > to) continue;
    if (best === undefined || Math.abs(place.timeMs - at) < Math.abs(best.timeMs - at)) best = place;
  }
  return best;
}
