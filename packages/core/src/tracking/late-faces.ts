import type { Box, Detection, Face, TrackRef } from '../contracts/face.js';
import { iou } from '../geometry/box.js';
import type { FrameFaces } from '../operators/item.js';
import { itemAt } from '../item-at.js';
import { traceAcross, traceBack, type Glimpse, type Place } from './trace-gap.js';
import { DoubtedFaces } from './doubted-faces.js';

/** A frame without its picture's samples: what is left of it when it has gone. */
export interface FrameMark {
  readonly source: string;
  readonly index: number;
  readonly timeMs: number;
  readonly capturedAt?: string;
  readonly image: { readonly width: number; readonly height: number };
}

/** A face that belongs into a frame in which it was not shown. */
export interface LateFace {
  readonly frame: FrameMark;
  readonly detection: Detection;
  readonly track: TrackRef;
  /** The frame in which the track was seen under this id: it may have begun later than `frame`. */
  readonly seenIn: FrameMark;
}

/** Whether a track is a face, and who it is, when all is known. */
export interface LateTruth {
  /** @returns tells people apart; undefined for what is no face. */
  personOf(track: number, frame: Pick<FrameMark, 'index' | 'timeMs'>): string | undefined;
  /** Whether its pictures are those of a face beyond doubt. */
  isSure(track: number, frame: Pick<FrameMark, 'index' | 'timeMs'>): boolean;
}

interface Sight {
  readonly track: number;
  readonly frame: FrameMark;
  readonly box: Box;
  readonly score: number;
  readonly doubted: boolean;
}

/** Between two sights of, perhaps, one person: where they are found again with too little certainty to be shown. */
interface Gap {
  /** Undefined where nobody was seen before. */
  readonly before: Sight | undefined;
  readonly after: Sight;
  readonly places: readonly Place[];
}

/** Longer gaps are an absence, whatever is seen in them. */
const MOST_MS = 4000;
/** Boxes at both ends of a gap are at one place from this IoU. */
const SAME_PLACE = 0.5;
/** Doubted tracks that may lie between a sight and the one before it. */
const MOST_BEFORE = 4;
/** Traces kept of a frame, the best ones. */
const MOST_TRACES = 48;
/** Faces in gaps that are remembered in all: some 20 MB. */
const MOST_PLACES = 100_000;

/**
 * Faces that were not shown because too little was known of them when their frames went: those of a track that was not
 * believed to be a face yet, and those in gaps, between two sights of one person at one place of a shot, where the
 * detector goes on finding something there (`FrameFaces.traces`), if less than what it reports. What follows the frames
 * decides (offline, as in Zhang et al., "ByteTrack", ECCV 2022, whose interpolation asks for no evidence).
 *
 * Memory: four seconds of frames' traces, and the faces themselves up to a bound. One instance per video, frames in order.
 */
export class LateFaces {
  readonly #doubted = new DoubtedFaces();
  readonly #gaps: Gap[] = [];
  #places = 0;
  /** Tracks that were found, not only expected, in one frame; and in more than one. */
  readonly #once = new Set<number>();
  readonly #severalTimes = new Set<number>();
  /** Frames of the last seconds of this shot. */
  #recent: { readonly glimpse: Glimpse; readonly sights: readonly Sight[] }[] = [];

  /** Takes in a frame as it is shown. */
  add({ frame, faces, doubted = [], traces = [], cut }: FrameFaces): void {
    const { source, index, timeMs, capturedAt, image } = frame;
    const { width, height } = image;
    const mark: FrameMark = {
      ...{ source, index, timeMs, image: { width, height } },
      ...(capturedAt !== undefined && { capturedAt }),
    };
    if (cut === true) this.#recent = [];
    this.#recent = this.#recent.filter(({ glimpse }) => timeMs - glimpse.frame.timeMs <= MOST_MS);
    const sights = [...sightsOf(faces, mark, false), ...sightsOf(doubted, mark, true)];
    for (const { track } of [...faces, ...doubted]) {
      if (track === undefined || track.predicted) continue;
      if (this.#once.has(track.id)) this.#severalTimes.add(track.id);
      this.#once.add(track.id);
    }
    const before = this.#recent.at(-1)?.sights ?? [];
    for (const sight of sights) if (!before.some(({ track }) => track === sight.track)) this.#lookBack(sight);
    for (const { track, detection } of doubted)
      if (track !== undefined)
        this.#doubted.add({ frame: mark, detection: bare(detection), track, seenIn: mark });
    const glimpse = {
      frame: mark,
      traces: [...doubted.map(({ detection }) => detection), ...traces].slice(0, MOST_TRACES),
      shown: faces.map(({ detection }) => detection.box),
    };
    this.#recent.push({ glimpse, sights });
  }

  /** A track is seen where none was a frame ago: was somebody there before, and all the while? */
  #lookBack(after: Sight): void {
    const met = new Set<number>();
    for (let i = this.#recent.length - 1; i >= 0; i--) {
      const { sights } = itemAt(this.#recent, i);
      // Its own last place, however far away; else who was at this one.
      const before =
        sights.find(({ track }) => track === after.track) ??
        sights.find(({ track, box }) => !met.has(track) && iou(box, after.box) >= SAME_PLACE);
      if (before === undefined) continue;
      if (iou(before.box, after.box) >= SAME_PLACE) {
        const between = this.#recent.slice(i + 1).map(({ glimpse }) => glimpse);
        this.#remember({ before, after, places: traceAcross(before, after, between) });
      }
      // Who is doubted may be nobody, and somebody before them the one.
      if (!before.doubted || before.track === after.track || met.size >= MOST_BEFORE) return;
      met.add(before.track);
    }
    const earlier = this.#recent.map(({ glimpse }) => glimpse);
    this.#remember({ before: undefined, after, places: traceBack(after, earlier) });
  }

  /** What was found once only may be anything; where nobody was before, what was found must be sure. */
  #isProven(before: Sight | undefined, after: Sight, truth: LateTruth): boolean {
    if (before === undefined) return truth.isSure(after.track, after.frame);
    const person = truth.personOf(after.track, after.frame);
    const often = [before, after].every(({ track }) => this.#severalTimes.has(track));
    return often && truth.personOf(before.track, before.frame) === person;
  }

  #remember(gap: Gap): void {
    const { length } = gap.places;
    if (length === 0 || this.#places + length > MOST_PLACES) return;
    this.#places += length;
    this.#gaps.push(gap);
  }

  /** The faces, by frame, when nothing more will come; at most one of each person in a frame. */
  late(truth: LateTruth): readonly LateFace[] {
    const faces = new Map<string, LateFace>();
    const add = (face: LateFace, person: string | undefined): void => {
      const key = `${face.frame.index} ${person}`;
      if (person !== undefined && !faces.has(key)) faces.set(key, face);
    };
    for (const face of this.#doubted.all()) add(face, truth.personOf(face.track.id, face.frame));
    for (const { before, after, places } of this.#gaps) {
      const person = truth.personOf(after.track, after.frame);
      if (!this.#isProven(before, after, truth)) continue;
      for (const { frame, box } of places) {
        const near = nearest(frame, before, after);
        const track = { id: near.track, box, predicted: true };
        add({ frame, detection: { box, score: near.score }, track, seenIn: near.frame }, person);
      }
    }
    return [...faces.values()].sort((a, b) => a.frame.index - b.frame.index || a.track.id - b.track.id);
  }
}

function nearest({ timeMs }: FrameMark, before: Sight | undefined, after: Sight): Sight {
  if (before === undefined) return after;
  return timeMs - before.frame.timeMs < after.frame.timeMs - timeMs ? before : after;
}

function sightsOf(faces: readonly Face[], frame: FrameMark, doubted: boolean): readonly Sight[] {
  return faces.flatMap(({ track, detection: { box, score } }) =>
    track === undefined ? [] : [{ track: track.id, frame, box, score, doubted }],
  );
}

function bare({ box, score, landmarks }: Detection): Detection {
  return { box, score, ...(landmarks && { landmarks }) };
}
