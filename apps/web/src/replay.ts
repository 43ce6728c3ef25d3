import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/browser';
import { Column } from './column.js';

/** What is needed to show a frame again. */
type ShownFrame = Pick<AnalyzedFrame, 'width' | 'height' | 'timeMs' | 'faces'>;

/** Numbers of a face: its box and its score. */
const OF_FACE = 5;
/** Faces of all frames that are kept at most, some 90 MB: ten hours with four faces in each of 25 frames a second. */
const MOST_FACES = 3.6e6;

/**
 * Frames of a video that was scanned, by time: for showing names without looking for them again. Twelve bytes a frame and 24
 * a face, with what is known last of each face.
 */
export class Replay {
  readonly #most: number;
  readonly #times = new Column(Float64Array);
  /** Of each frame, how many faces come before its own. */
  readonly #starts = new Column(Uint32Array);
  readonly #numbers = new Column(Float32Array);
  /** Of each face, its place among the ids, twice, and one more where it was not seen but expected. */
  readonly #who = new Column(Uint32Array);
  readonly #ids: { readonly id: string; identity: AnalyzedFace['identity']; readonly trackId: number }[] = [];
  readonly #places = new Map<string, number>();
  /** From which frame on they are so large. */
  readonly #sizes: { readonly from: number; readonly width: number; readonly height: number }[] = [];
  #full = false;

  /** @param most faces that are kept. */
  constructor(most = MOST_FACES) {
    this.#most = most;
  }

  /** There were more faces than are kept: frames are missing. */
  get full(): boolean {
    return this.#full;
  }

  /** Frames come in order. */
  add({ width, height, timeMs, faces }: AnalyzedFrame): void {
    this.#full ||= this.#who.length + faces.length > this.#most;
    if (this.#full) return;
    const size = this.#sizes.at(-1);
    if (size?.width !== width || size.height !== height)
      this.#sizes.push({ from: this.#times.length, width, height });
    this.#times.push(timeMs);
    this.#starts.push(this.#who.length);
    for (const { id, identity, detection, track } of faces) {
      const box = track?.box ?? detection.box;
      for (const number of [box.x, box.y, box.width, box.height, detection.score]) this.#numbers.push(number);
      const place = this.#places.get(id) ?? this.#ids.length;
      this.#places.set(id, place);
      const known = this.#ids[place];
      if (known === undefined) this.#ids.push({ id, identity, trackId: track?.id ?? 0 });
      else known.identity = identity;
      this.#who.push(2 * place + Number(track?.predicted === true));
    }
  }

  /** The frame that is shown at this time: the last one that began before, or the first. */
  at(timeMs: number): ShownFrame | undefined {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Containers round times, each to its own unit.
      if (this.#times.at(middle) <= timeMs + 2) low = middle + 1;
      else high = middle;
    }
    const frame = Math.max(0, low - 1);
    const size = this.#sizes.findLast(({ from }) => from <= frame);
    if (size === undefined) return undefined;
    const { width, height } = size;
    return { width, height, timeMs: this.#times.at(frame), faces: this.#facesOf(frame) };
  }

  #facesOf(frame: number): readonly AnalyzedFace[] {
    const end = frame + 1 < this.#starts.length ? this.#starts.at(frame + 1) : this.#who.length;
    const faces: AnalyzedFace[] = [];
    for (let i = this.#starts.at(frame); i < end; i++) {
      const who = this.#who.at(i);
      const known = this.#ids[who >>> 1];
      if (known === undefined) continue;
      const number = (n: number): number => this.#numbers.at(OF_FACE * i + n);
      const box = { x: number(0), y: number(1), width: number(2), height: number(3) };
      const { id, identity, trackId } = known;
      const track = { id: trackId, box, predicted: who % 2 === 1 };
      faces.push({ id, detection: { box, score: number(4) }, identity, track });
    }
    return faces;
  }
}
