import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/browser';

/** What is needed to show a frame again. */
type ShownFrame = Pick<AnalyzedFrame, 'width' | 'height' | 'timeMs' | 'faces'>;

/** Frames of a video that was scanned, by time: for showing names without looking for them again. */
export class Replay {
  readonly #frames: ShownFrame[] = [];

  add({ width, height, timeMs, faces }: AnalyzedFrame): void {
    // Landmarks and pictures would take most of the memory, and are not shown.
    const slim = faces.map(({ id, detection: { box, score }, identity, track }): AnalyzedFace => ({
      id,
      detection: { box, score },
      identity,
      ...(track && { track }),
    }));
    this.#frames.push({ width, height, timeMs, faces: slim });
  }

  /** The frame that is shown at this time: the last one that began before, or the first. */
  at(timeMs: number): ShownFrame | undefined {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Containers round times, each to its own unit.
      if ((this.#frames[middle]?.timeMs ?? Infinity) <= timeMs + 2) low = middle + 1;
      else high = middle;
    }
    return this.#frames[Math.max(0, low - 1)];
  }
}
