import type { Frame } from '@fr-stream/core';
import type { CameraSettings } from '../config/schema.js';
import { MotionDetector } from './motion.js';
import { isScheduled } from './schedule.js';

/** How long faces are looked for after the last motion or face. */
const HOLD_MS = 10_000;
const USUAL_SHARE = 0.003;

/** Decides for each frame whether it is searched for faces. */
export class Gate {
  readonly #settings: Pick<CameraSettings, 'schedule' | 'motion' | 'zones'>;
  readonly #motion: MotionDetector | undefined;
  #openUntil = 0;

  constructor(settings: Pick<CameraSettings, 'schedule' | 'motion' | 'zones'>) {
    this.#settings = settings;
    const { motion } = settings;
    if (motion !== false)
      this.#motion = new MotionDetector(motion === true ? USUAL_SHARE : motion.share, settings.zones);
  }

  /** To be asked for each frame, in order. */
  isOpen({ image, timeMs }: Frame, now: Date): boolean {
    // Also while it is closed by the clock: what the picture usually shows must stay known.
    const moving = this.#motion?.isMoving(image) ?? true;
    if (moving) this.#openUntil = timeMs + HOLD_MS;
    return isScheduled(this.#settings.schedule, now) && timeMs <= this.#openUntil;
  }

  /** Somebody stands still: keep looking. */
  faceSeen(timeMs: number): void {
    this.#openUntil = Math.max(this.#openUntil, timeMs + HOLD_MS);
  }
}
