import type {
  Face,
  FrameFaces,
  FrameReport,
  Hindsight,
  Identity,
  JoinOptions,
  Sink,
  TrackIdentities,
  TrackIdentity,
} from '@fr-stream/core';
import { itemAt, LateFaces } from '@fr-stream/core';

/** A face beyond doubt: the detector was once so sure of it, and its best picture is expected to be so much like others. */
const SURE = { score: 0.9, similarity: 0.4 };

/** What is known of tracks, by the frame in which they bear that id. */
export interface KnownTracks extends Hindsight {
  trackOf(
    track: number,
    frame: { readonly index: number; readonly timeMs: number },
  ): TrackIdentity | undefined;
}

/**
 * Puts the tracks of a file together person by person when it is over. Goes before the other sinks of a pipeline: they
 * are closed in order, and may ask it then.
 */
export class WholeFile implements Sink<FrameFaces>, KnownTracks {
  readonly #people: TrackIdentities;
  readonly #options: JoinOptions;
  /** From which frame on how many corrections of ids had been made: grows with corrections, not with frames. */
  readonly #steps: { readonly index: number; readonly corrections: number }[] = [];
  #resolved = false;
  readonly #lateFaces = new LateFaces();
  #late: readonly FrameReport[] | undefined;

  constructor(people: TrackIdentities, options: JoinOptions = {}) {
    this.#people = people;
    this.#options = options;
  }

  async write(item: FrameFaces): Promise<void> {
    const { frame, corrections } = item;
    this.#lateFaces.add(item);
    if (corrections !== undefined && corrections !== this.#steps.at(-1)?.corrections)
      this.#steps.push({ index: frame.index, corrections });
  }

  async close(): Promise<void> {
    await this.#people.resolve(this.#options);
    this.#resolved = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  identityOf(
    track: number,
    frame: { readonly index: number; readonly timeMs: number },
  ): Identity | undefined {
    return this.trackOf(track, frame)?.identity;
  }

  /** All that is known of a track; undefined before the end, and for tracks that were never seen. */
  trackOf(
    track: number,
    frame: { readonly index: number; readonly timeMs: number },
  ): TrackIdentity | undefined {
    return this.#resolved ? this.#knownNow(track, frame) : undefined;
  }

  /** See `Hindsight`: what of the tracks turned out to be no face. */
  isFalse(track: number, frame: { readonly index: number; readonly timeMs: number }): boolean {
    return this.trackOf(track, frame)?.believed === false;
  }

  /** See `Hindsight`; nothing before the end. */
  late(): readonly FrameReport[] {
    if (!this.#resolved) return [];
    this.#late ??= this.#findLate();
    return this.#late;
  }

  #findLate(): readonly FrameReport[] {
    const personOf = (id: number, frame: { readonly index: number; readonly timeMs: number }) => {
      const track = this.#knownNow(id, frame);
      if (track?.believed !== true) return undefined;
      const { identity } = track;
      if (identity.kind === 'known') return `known ${identity.personId}`;
      return identity.label === undefined ? `track ${track.id}` : `label ${identity.label}`;
    };
    const frames: { frame: FrameReport['frame']; faces: Face[] }[] = [];
    const isSure = (id: number, frame: { readonly index: number; readonly timeMs: number }): boolean => {
      const track = this.#knownNow(id, frame);
      return track !== undefined && track.bestScore >= SURE.score && track.expected >= SURE.similarity;
    };
    for (const { frame, detection, track, seenIn } of this.#lateFaces.late({ personOf, isSure })) {
      const identity = this.#knownNow(track.id, seenIn)?.identity;
      const face: Face = { detection, track, ...(identity && { identity }) };
      const last = frames.at(-1);
      if (last?.frame.index === frame.index) last.faces.push(face);
      else frames.push({ frame, faces: [face] });
    }
    return frames;
  }

  /** The same, before the end too: as far as is known by then. */
  get soFar(): KnownTracks {
    return {
      trackOf: (track, frame) => this.#knownNow(track, frame),
      identityOf: (track, frame) => this.#knownNow(track, frame)?.identity,
    };
  }

  #knownNow(
    track: number,
    frame: { readonly index: number; readonly timeMs: number },
  ): TrackIdentity | undefined {
    // Files hold times to a tenth of a millisecond; a correction that begins in a frame holds for what they say of it.
    const timeMs = frame.timeMs + 0.06;
    const id = this.#people.relabelling.idOf(track, timeMs, this.#correctionsAt(frame.index));
    return this.#people.track(id);
  }

  #correctionsAt(index: number): number {
    let [low, high] = [0, this.#steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (itemAt(this.#steps, middle).index <= index) low = middle + 1;
      else high = middle;
    }
    return this.#steps[low - 1]?.corrections ?? 0;
  }
}
