import type { TrackCorrection } from '../contracts/tracker.js';

/**
 * Remembers which track ids turned out to be wrong, so that what was said under them can be put right. Grows with
 * corrections, not with frames.
 */
export class Relabelling {
  readonly #groups: (readonly TrackCorrection[])[] = [];

  /** @param corrections that came together and hold at once. */
  add(corrections: readonly TrackCorrection[]): void {
    if (corrections.length > 0) this.#groups.push(corrections);
  }

  get count(): number {
    return this.#groups.length;
  }

  /**
   * The id, as known now, of what was believed to be track `id` at `timeMs`.
   * @param since the {@link count} at the time of that belief. Default 0: before all corrections.
   */
  idOf(id: number, timeMs: number, since = 0): number {
    let current = id;
    for (const group of this.#groups.slice(since)) {
      const correction = group.find(({ from, sinceMs }) => from === current && timeMs >= sinceMs);
      if (correction !== undefined) current = correction.to;
    }
    return current;
  }
}
