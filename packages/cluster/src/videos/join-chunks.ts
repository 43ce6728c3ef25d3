import { boxArea, dotProduct, iou, l2Normalize, type Box, type TrackIdentities } from '@fr-stream/core';
import { renumbered, type Chunk, type ChunkFace, type ChunkFrame } from './chunk-task.js';

/** A frame of the whole video. */
export interface JoinedFrame extends ChunkFrame {
  /** Counts from 0 over the whole video. */
  readonly index: number;
}

export interface JoinRule {
  /** Cosine similarity from which a track is one that was lost earlier. */
  readonly linkThreshold: number;
}

/** Tracks that overlap less, on average over the frames that show both, are two. */
const LEAST_OVERLAP = 0.4;
/** A track that was lost for longer is not taken up again: as long as the tracker itself remembers. */
const MEMORY_MS = 150_000;
/** An appearance of less weight tells nobody apart. */
const TELLING = 0.3;

interface Known {
  readonly id: number;
  appearance: Float32Array | undefined;
  lastSeenMs: number;
}

const boxOf = ({ detection, track }: ChunkFace): Box =>
  track?.predicted === true ? track.box : detection.box;

/**
 * Puts the stretches of a video together, one after the other. Of the frames that two stretches both saw, the first half is the
 * earlier one's. A track of the later one is that of the earlier one with which it shares most of its place in those
 * frames; of the others, one that looks like a track that was lost before is that track, as the tracker itself decides
 * within a stretch. Who is who over the whole video is decided by `TrackIdentities.resolve` when all are there.
 */
export class ChunkJoiner {
  readonly #people: TrackIdentities;
  readonly #rule: JoinRule;
  readonly #frames: JoinedFrame[] = [];
  readonly #known = new Map<number, Known>();
  /** Frames that the next stretch may see too, under the ids of the whole. */
  #open: readonly ChunkFrame[] = [];
  #nextId = 1;

  constructor(people: TrackIdentities, rule: JoinRule) {
    this.#people = people;
    this.#rule = rule;
  }

  async add(chunk: Chunk): Promise<void> {
    const startMs = chunk.frames[0]?.timeMs;
    if (startMs === undefined) return;
    const shared = this.#open.filter(({ timeMs }) => timeMs > startMs - HALF_FRAME_MS);
    const ids = this.#match(shared, chunk);
    const idOf = (id: number): number => {
      const known = ids.get(id) ?? this.#nextId++;
      ids.set(id, known);
      return known;
    };
    const cuts = shared.filter(({ cut, timeMs }) => cut === true && timeMs > startMs + HALF_FRAME_MS).length;
    const firstShot = Math.max(0, this.#people.shots - 1 - cuts);
    // Ids by first appearance, as within one stretch.
    const order = [...chunk.tracks.tracks].sort((a, b) => a.firstSeenMs - b.firstSeenMs || a.id - b.id);
    for (const { id } of order) idOf(id);
    const tracks = { ...chunk.tracks, tracks: order };
    await this.#people.adopt(tracks, { idOf, firstShot: this.#people.shots === 0 ? 0 : firstShot });
    for (const { id, sum, weight, lastSeenMs } of order) {
      const appearance = sum !== undefined && weight >= TELLING ? l2Normalize(sum) : undefined;
      const global = idOf(id);
      const before = this.#known.get(global);
      this.#known.set(global, { id: global, appearance: appearance ?? before?.appearance, lastSeenMs });
    }
    this.#append(chunk, startMs, shared, idOf);
  }

  #append(chunk: Chunk, startMs: number, shared: readonly ChunkFrame[], idOf: (id: number) => number): void {
    const first = this.#frames.length === 0;
    const lastMs = this.#open.at(-1)?.timeMs ?? startMs;
    const border = first ? -Infinity : shared.length === 0 ? startMs : (startMs + lastMs) / 2;
    const frames = chunk.frames.map(({ cut, ...frame }, i) => ({
      ...renumbered(frame, idOf),
      // The first picture of a stretch is no cut, but of the first one.
      ...(cut === true && (first || i > 0 || shared.length === 0) && { cut }),
    }));
    // Those that the earlier stretch has given beyond the border are the later one's.
    for (let last = this.#frames.at(-1); last !== undefined; last = this.#frames.at(-1)) {
      if (last.timeMs < border - HALF_FRAME_MS) break;
      this.#frames.pop();
    }
    for (const frame of frames) {
      if (frame.timeMs < border - HALF_FRAME_MS) continue;
      this.#frames.push({ ...frame, index: this.#frames.length });
    }
    this.#open = frames;
  }

  /** Tracks of a stretch that are known already: their ids in it, and over the whole. */
  #match(shared: readonly ChunkFrame[], chunk: Chunk): Map<number, number> {
    const overlaps = new Map<string, { a: number; b: number; sum: number; frames: number }>();
    let at = 0;
    for (const frame of shared) {
      while ((chunk.frames[at]?.timeMs ?? Infinity) < frame.timeMs - HALF_FRAME_MS) at++;
      const twin = chunk.frames.at(at);
      if (twin === undefined) break;
      if (Math.abs(twin.timeMs - frame.timeMs) > HALF_FRAME_MS) continue;
      for (const one of frame.faces) {
        for (const two of twin.faces) {
          if (one.track === undefined || two.track === undefined) continue;
          const [a, b] = [one.track.id, two.track.id];
          const pair = overlaps.get(`${a} ${b}`) ?? { a, b, sum: 0, frames: 0 };
          overlaps.set(`${a} ${b}`, pair);
          pair.sum += overlapOf(boxOf(one), boxOf(two));
          pair.frames++;
        }
      }
    }
    const ids = new Map<number, number>();
    const taken = new Set<number>();
    const pairs = [...overlaps.values()].filter(({ sum, frames }) => sum / frames >= LEAST_OVERLAP);
    for (const { a, b } of pairs.sort((x, y) => y.sum - x.sum || x.a - y.a || x.b - y.b)) {
      if (taken.has(a) || ids.has(b)) continue;
      taken.add(a);
      ids.set(b, a);
    }
    this.#recognise(chunk, ids, taken);
    return ids;
  }

  /** Those who were lost before the stretch began, by their appearance. */
  #recognise({ tracks: { tracks } }: Chunk, ids: Map<number, number>, taken: Set<number>): void {
    const pairs: { id: number; known: number; alike: number }[] = [];
    for (const { id, sum, weight, firstSeenMs, seenWith } of tracks) {
      if (ids.has(id) || sum === undefined || weight < TELLING) continue;
      const appearance = l2Normalize(sum);
      const beside = new Set(seenWith.map((other) => ids.get(other)));
      for (const known of this.#known.values()) {
        if (known.appearance === undefined || beside.has(known.id) || taken.has(known.id)) continue;
        // Somebody who was still there when this one came is somebody else.
        if (known.lastSeenMs >= firstSeenMs || firstSeenMs - known.lastSeenMs > MEMORY_MS) continue;
        const alike = dotProduct(appearance, known.appearance);
        if (alike >= this.#rule.linkThreshold) pairs.push({ id, known: known.id, alike });
      }
    }
    for (const { id, known } of pairs.sort((a, b) => b.alike - a.alike || a.known - b.known)) {
      if (ids.has(id) || taken.has(known)) continue;
      ids.set(id, known);
      taken.add(known);
    }
  }

  /** All frames, when the last stretch has been added; names are those of the people given. */
  frames(): readonly JoinedFrame[] {
    return this.#frames;
  }
}

/** Two decodings of one file give the same frame the same time, but for rounding. */
const HALF_FRAME_MS = 2;

function overlapOf(a: Box, b: Box): number {
  return boxArea(a) > 0 && boxArea(b) > 0 ? iou(a, b) : 0;
}
