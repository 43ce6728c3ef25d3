import type { TrackIdentities } from '../identity/track-identities.js';
import type { TrackedFace } from '../identity/track-identities-options.js';
import type { FrameFaces } from '../operators/item.js';
import { interpolateBox } from './box-filter.js';
import { moveDetection, withoutPictures } from './track-step.js';

/** A frame's faces, and how many corrections of track ids they have already. */
export interface HeldFrame<F extends TrackedFace> {
  readonly item: FrameFaces<F>;
  readonly corrections: number;
}

interface Observation<F extends TrackedFace> {
  readonly face: F;
  readonly timeMs: number;
  readonly corrections: number;
}

/** Longer gaps, where the detector looked and found nothing, are an absence. */
const MOST_MS = 700;
/** Observations older than this are of no use, however seldom the detector runs. */
const KEEP_MS = 5000;
/** A face that is not seen again in so much time has gone: its predictions lead nowhere. */
const GONE_MS = 240;

/**
 * Knowing the next frames, puts faces that the detector did not see where they were: between the observation before and
 * the observation after, instead of where motion would have taken them (the interpolation of tracklets of ByteTrack;
 * Zhang et al., 2022). Predictions of faces that were not seen again are taken out. Frames in order, one instance
 * per video.
 */
export class GapFiller<F extends TrackedFace> {
  readonly #people: TrackIdentities;
  #past: readonly Observation<F>[] = [];

  constructor(people: TrackIdentities) {
    this.#people = people;
  }

  /**
   * @param held a frame, its ids and identities as they are known now.
   * @param next the frames that follow it, as far as they are known.
   * @param ended true when no more will follow these.
   */
  fill(held: HeldFrame<F>, next: readonly HeldFrame<F>[], ended: boolean): FrameFaces<F> {
    const { item } = held;
    const { timeMs } = item.frame;
    if (item.cut === true) this.#past = [];
    const shot = untilCut(next);
    const seen = new Set(item.faces.flatMap(({ track }) => (track.predicted ? [] : [track.id])));
    const faces = item.faces.flatMap((face) => {
      if (!face.track.predicted) return [face];
      const { id } = face.track;
      // An id that was put right since: its face is another one of this frame, and not where it was expected.
      if (seen.has(id)) return [];
      const [before, after] = [this.#pastOf(id), this.#nextOf(id, shot)];
      if (before !== undefined && after !== undefined) return [this.#between(id, before, after, timeMs)];
      return after === undefined && hasGone(item, shot, ended || shot.length < next.length) ? [] : [face];
    });
    const shown = new Set(item.faces.map(({ track }) => track.id));
    for (const before of this.#past) {
      const id = this.#idNow(before.face, before.timeMs, before.corrections);
      const after = shown.has(id) ? undefined : this.#nextOf(id, shot);
      if (after !== undefined && after.timeMs - before.timeMs <= MOST_MS) {
        faces.push(this.#between(id, before, after, timeMs));
      }
    }
    this.#remember(held);
    return { ...item, faces };
  }

  #remember({ item, corrections }: HeldFrame<F>): void {
    const { timeMs } = item.frame;
    const seen = item.faces.filter(({ track }) => !track.predicted);
    const ids = new Set(seen.map(({ track }) => track.id));
    const older = this.#past.filter(
      (observation) =>
        timeMs - observation.timeMs <= KEEP_MS &&
        !ids.has(this.#idNow(observation.face, observation.timeMs, observation.corrections)),
    );
    this.#past = [...older, ...seen.map((face) => ({ face: withoutPictures(face), timeMs, corrections }))];
  }

  #idNow(face: F, timeMs: number, corrections: number): number {
    return this.#people.relabelling.idOf(face.track.id, timeMs, corrections);
  }

  #pastOf(id: number): Observation<F> | undefined {
    return this.#past.find(({ face, timeMs, corrections }) => this.#idNow(face, timeMs, corrections) === id);
  }

  #nextOf(id: number, next: readonly HeldFrame<F>[]): Observation<F> | undefined {
    for (const { item, corrections } of next) {
      const { timeMs } = item.frame;
      const face = item.faces.find(
        (one) => !one.track.predicted && this.#idNow(one, timeMs, corrections) === id,
      );
      if (face !== undefined) return { face, timeMs, corrections };
    }
    return undefined;
  }

  #between(id: number, before: Observation<F>, after: Observation<F>, timeMs: number): F {
    const share = (timeMs - before.timeMs) / Math.max(1, after.timeMs - before.timeMs);
    const { face } = share < 0.5 ? before : after;
    const box = interpolateBox(before.face.track.box, after.face.track.box, share);
    const found = interpolateBox(before.face.detection.box, after.face.detection.box, share);
    return {
      ...withoutPictures(face),
      detection: moveDetection(face.detection, found),
      track: { id, box, predicted: true },
      identity: this.#people.track(id)?.identity ?? face.identity,
    };
  }
}

function untilCut<F extends TrackedFace>(next: readonly HeldFrame<F>[]): readonly HeldFrame<F>[] {
  const cut = next.findIndex(({ item }) => item.cut === true);
  return cut < 0 ? next : next.slice(0, cut);
}

/** True when the detector has looked and found nothing, and enough of what follows is known. */
function hasGone<F extends TrackedFace>(
  item: FrameFaces<F>,
  next: readonly HeldFrame<F>[],
  ended: boolean,
): boolean {
  if (![item, ...next.map((held) => held.item)].some(({ evaluated }) => evaluated)) return false;
  const last = next.at(-1);
  return ended || (last !== undefined && last.item.frame.timeMs - item.frame.timeMs >= GONE_MS);
}
