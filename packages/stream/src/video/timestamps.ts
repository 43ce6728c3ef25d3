/**
 * Reads each frame's timestamp from the lines of ffmpeg's `showinfo` filter. Exact: it takes the integer `pts` and
 * the time base, not the rounded seconds that are printed beside them.
 */
export class TimestampQueue {
  #timeBase = 0;
  #times: number[] = [];
  #waiting: ((time: number | undefined) => void) | undefined;
  #ended = false;
  #configurations = 0;

  /** How often the filter was set up. More than once: the stream changed its format midway. */
  get configurations(): number {
    return this.#configurations;
  }

  /** Timestamps that came before their frame. Held small by ffmpeg, which makes both from one decoded frame. */
  get length(): number {
    return this.#times.length;
  }

  push(line: string): void {
    if (!line.startsWith('[Parsed_showinfo')) return;
    const base = /config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base) {
      this.#timeBase = Number(base[1]) / Number(base[2]);
      this.#configurations++;
      return;
    }
    const pts = /\] n: *\d+ pts: *(-?\d+|NOPTS)/.exec(line)?.[1];
    if (pts === undefined) return;
    const time = pts === 'NOPTS' ? NaN : Number(pts) * this.#timeBase * 1000;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting(time);
    } else {
      this.#times.push(time);
    }
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  /** The next frame's time in milliseconds, NaN when the stream has none for it, undefined after the end. */
  next(): Promise<number | undefined> {
    const time = this.#times.shift();
    if (time !== undefined || this.#ended) return Promise.resolve(time);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
