import { CutDetector, type Image } from '@fr-stream/core';

/** What to do with a frame. */
export interface ScheduledFrame {
  /** Whether to look for faces in it. */
  readonly detect: boolean;
  /** True for the first frame of a shot. */
  readonly cut: boolean;
}

/**
 * Says which frames of a video are searched for faces: the first of each shot, and others at most every `everyMs`. On a
 * slow machine, whose frames are further apart anyhow, that is all of them. Stateful: one instance per video, frames in
 * order.
 */
export class DetectionSchedule {
  readonly #everyMs: number;
  readonly #cuts = new CutDetector();
  #lastMs = -Infinity;

  /** @param everyMs milliseconds of the video's own time, >= 0. 0: every frame is searched. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  next(image: Image, timeMs: number): ScheduledFrame {
    const cut = this.#cuts.isCut(image, timeMs);
    const detect = cut || timeMs - this.#lastMs >= this.#everyMs;
    if (detect) this.#lastMs = timeMs;
    return { detect, cut };
  }
}
