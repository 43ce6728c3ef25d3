import type { Box, Detection, Face, TrackRef } from '../contracts/face.js';
import {
  isAppearanceAware,
  type AppearanceObservation,
  type Track,
  type TrackCorrection,
  type Tracker,
} from '../contracts/tracker.js';
import type { FrameFaces } from '../operators/item.js';
import { CutDetector } from './cut-detector.js';
import { itemAt } from '../item-at.js';

export interface TrackOptions {
  /**
   * Looks for cuts where `detectFaces` did not. `false`: nobody does. Default: one with default options.
   */
  readonly cuts?: CutDetector | false;
  /**
   * For how long a face that the detector lost is still shown where it is expected, in milliseconds: detectors
   * miss a frame now and then, and a box should not blink. Default 160.
   */
  readonly coastMs?: number;
}

/** One frame's faces with their tracks. */
export interface TrackedFrame<F extends Face> {
  readonly faces: readonly (F & { readonly track: TrackRef })[];
  /** True for the first frame of a shot. */
  readonly cut: boolean;
  /** Tracks that are over. */
  readonly ended: readonly Track[];
}

/** Runs a tracker over the items of a pipeline; the body of the operator `track()`. One instance per video. */
export class TrackStep<F extends Face> {
  readonly #tracker: Tracker;
  readonly #cuts: CutDetector | undefined;
  readonly #coastMs: number;
  /** The face that was last seen of each living track, for showing it while it is not seen. */
  readonly #lastFaces = new Map<number, F>();

  constructor(tracker: Tracker, options: TrackOptions = {}) {
    this.#tracker = tracker;
    this.#cuts = options.cuts === false ? undefined : (options.cuts ?? new CutDetector());
    this.#coastMs = options.coastMs ?? 160;
  }

  next({ frame, faces, evaluated, cut }: FrameFaces<F>): TrackedFrame<F> {
    const { image, timeMs } = frame;
    const isCut = cut ?? this.#cuts?.isCut(image, timeMs) ?? false;
    if (isCut) this.#tracker.reset('cut');
    const {
      tracks,
      ended,
      corrections = [],
    } = this.#tracker.update({
      timeMs,
      width: image.width,
      height: image.height,
      detections: evaluated ? faces.map(({ detection }) => detection) : undefined,
      embeddings: faces.map(({ embedding }) => embedding?.vector),
    });
    this.#correct(corrections);
    for (const { id } of ended) this.#lastFaces.delete(id);
    const shown = tracks.flatMap((track) => this.#show(track, faces, evaluated, isCut, frame));
    const alive = new Set(tracks.map(({ id }) => id));
    for (const id of this.#lastFaces.keys()) if (!alive.has(id)) this.#lastFaces.delete(id);
    return { faces: shown, cut: isCut, ended };
  }

  /**
   * Hands a picture's embedding to the tracker, and applies what it answers to what is shown; undefined for trackers that
   * do not know faces by their appearance. Use it instead of the tracker's own, or a track that went over to somebody else
   * goes on being shown where that face is.
   */
  get observe(): ((observation: AppearanceObservation) => readonly TrackCorrection[]) | undefined {
    const tracker = this.#tracker;
    if (!isAppearanceAware(tracker)) return undefined;
    return (observation) => {
      const corrections = tracker.observe(observation);
      this.#correct(corrections);
      return corrections;
    };
  }

  /** What was last seen under an id that was wrong belongs to the other. */
  #correct(corrections: readonly TrackCorrection[]): void {
    const moved = corrections.map(({ from, to }) => ({ to, face: this.#lastFaces.get(from) }));
    for (const { from } of corrections) this.#lastFaces.delete(from);
    for (const { to, face } of moved) if (face !== undefined) this.#lastFaces.set(to, face);
  }

  #show(
    track: Track,
    faces: readonly F[],
    evaluated: boolean,
    isCut: boolean,
    { image, timeMs }: FrameFaces<F>['frame'],
  ): readonly (F & { readonly track: TrackRef })[] {
    const { id, box, wants } = track;
    if (track.detection !== undefined) {
      const face = itemAt(faces, track.detection);
      this.#lastFaces.set(id, withoutPictures(face));
      return [{ ...face, track: { id, box, predicted: false, ...(wants && { wants }) } }];
    }
    const last = this.#lastFaces.get(id);
    const unseenMs = timeMs - track.lastSeenMs;
    const hidden =
      last === undefined || isCut || (track.state === 'lost' ? unseenMs > this.#coastMs : evaluated);
    if (hidden || !isInside(box, image.width, image.height)) {
      if (isCut) this.#lastFaces.delete(id);
      return [];
    }
    const detection = moveDetection(last.detection, box);
    return [{ ...last, detection, track: { id, box, predicted: true } }];
  }
}

/** Pictures and what was read from them belong to their own frame. */
export function withoutPictures<F extends Face>(face: F): F {
  return { ...face, aligned: undefined, embedding: undefined, quality: undefined, attributes: undefined };
}

/** True while the box's centre lies in the picture. */
function isInside({ x, y, width, height }: Box, frameWidth: number, frameHeight: number): boolean {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return cx >= 0 && cy >= 0 && cx < frameWidth && cy < frameHeight;
}

/** A detection as it would look in another place and size. */
export function moveDetection({ box: from, score, landmarks }: Detection, to: Box): Detection {
  if (landmarks === undefined) return { box: to, score };
  const points = landmarks.points.map(({ x, y }) => ({
    x: to.x + ((x - from.x) / from.width) * to.width,
    y: to.y + ((y - from.y) / from.height) * to.height,
  }));
  return { box: to, score, landmarks: { ...landmarks, points } };
}
