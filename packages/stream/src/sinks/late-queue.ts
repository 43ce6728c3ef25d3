import type { FrameReport, Hindsight } from '@fr-stream/core';

/** Frames with the faces that are known late, handed out beside frames that are read in their order. */
export class LateQueue {
  readonly #frames: readonly FrameReport[];
  #next = 0;

  /** @param last index of the last frame of interest. */
  constructor({ late }: Pick<Hindsight, 'late'>, first = 0, last = Infinity) {
    this.#frames = (late?.() ?? []).filter(({ frame: { index } }) => index >= first && index <= last);
  }

  /** Those before the frame of this index that were not handed out yet; Infinity for all. */
  *before(index: number): Generator<FrameReport> {
    for (;;) {
      const next = this.#frames[this.#next];
      if (next === undefined || next.frame.index >= index) return;
      this.#next++;
      yield next;
    }
  }

  /** The faces of the frame of this index, once those before were handed out. */
  of(index: number): FrameReport['faces'] {
    const next = this.#frames[this.#next];
    if (next?.frame.index !== index) return [];
    this.#next++;
    return next.faces;
  }
}
