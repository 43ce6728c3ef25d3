/** Turns the decoder's timestamps into the source's: shifted, never missing, never running backwards. */
export class TimeLine {
  #offset: number;
  #step: number;
  #fromFirst: boolean;
  #origin: number | undefined;
  #last: number | undefined;

  /**
   * @param offsetMs added to each timestamp.
   * @param fps spaces frames that carry no timestamp.
   * @param fromFirst the first frame's timestamp counts as 0.
   */
  constructor(offsetMs: number, fps: number | undefined, fromFirst = false) {
    this.#offset = offsetMs;
    this.#step = 1000 / (fps ?? 25);
    this.#fromFirst = fromFirst;
  }

  get last(): number | undefined {
    return this.#last;
  }

  at(timeMs: number): number {
    const known = Number.isNaN(timeMs) ? undefined : timeMs;
    if (known !== undefined && this.#fromFirst) this.#origin ??= known;
    const guess = this.#last === undefined ? this.#offset : this.#last + this.#step;
    const time = known === undefined ? guess : known - (this.#origin ?? 0) + this.#offset;
    this.#last = Math.max(this.#last ?? -Infinity, time);
    return this.#last;
  }
}
