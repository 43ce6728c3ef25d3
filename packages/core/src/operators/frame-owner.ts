import type { Frame } from '../contracts/frame.js';
import { defined } from '../options.js';
import type { FrameBudget, StageNeeds } from './frame-budget.js';

/** A frame's life: alive until somebody has asked for its end and nobody is at work on it. */
interface Life {
  readonly frame: Frame;
  readonly owner: FrameOwner;
  holds: number;
  ending: boolean;
}

const lives = new WeakMap<Frame, Life>();

/**
 * Owns the frames of one source from when it hands them over until their pixels go back, whoever fails on the way.
 *
 * The end of a pipeline disposes each frame. When a pipeline ends otherwise (its subscriber leaves, a stage or sink
 * fails), {@link close} does so for all that are still alive. A frame that a stage is at work on lives until the stage
 * has let go of it ({@link holdFrame}): pixels never go away under a running inference or a write.
 */
export class FrameOwner {
  readonly budget: FrameBudget;
  readonly #alive = new Set<Life>();
  #closed = false;

  constructor(budget: FrameBudget) {
    this.budget = budget;
  }

  /** @returns the frame to hand on instead of the source's; its place in the budget is given back with its life. */
  admit(frame: Frame): Frame {
    const life: Life = { frame, owner: this, holds: 0, ending: this.#closed };
    const owned: Frame = {
      image: frame.image,
      timeMs: frame.timeMs,
      ...defined({ arrivedMs: frame.arrivedMs, capturedAt: frame.capturedAt }),
      index: frame.index,
      source: frame.source,
      [Symbol.dispose]: () => {
        life.ending = true;
        this.settle(life);
      },
    };
    lives.set(owned, life);
    this.#alive.add(life);
    this.settle(life);
    return owned;
  }

  /** Ends a life that nothing keeps any more. */
  settle(life: Life): void {
    if (!life.ending || life.holds > 0 || !this.#alive.delete(life)) return;
    try {
      life.frame[Symbol.dispose]();
    } finally {
      this.budget.give();
    }
  }

  /** Ends the frames that are alive, and all that still come. */
  close(): void {
    this.#closed = true;
    for (const life of [...this.#alive]) {
      life.ending = true;
      this.settle(life);
    }
  }
}

/** What a value of a stream carries: an item's frame, where it has one. */
function frameOf(value: unknown): Frame | undefined {
  if (typeof value !== 'object' || value === null || !('frame' in value)) return undefined;
  const { frame } = value;
  return typeof frame === 'object' && frame !== null ? (frame as Frame) : undefined;
}

/** The owner of an item's frame; undefined for values without one, and frames that came by another way. */
export function frameOwnerOf(value: unknown): FrameOwner | undefined {
  const frame = frameOf(value);
  return frame && lives.get(frame)?.owner;
}

/**
 * Keeps an item's frame alive until the returned function is called; calling it again does nothing.
 *
 * For stages of one's own that keep items over an `await` or until later ones arrive: the frame then outlives a
 * pipeline that breaks off meanwhile, and goes when the stage has done with it.
 */
export function holdFrame(item: unknown): () => void {
  const frame = frameOf(item);
  const life = frame && lives.get(frame);
  if (life === undefined) return () => undefined;
  life.holds++;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    life.holds--;
    life.owner.settle(life);
  };
}

/** Declares what a stage needs to the budget of the item's source; see `FrameBudget`. */
export function declareFrames(item: unknown, needs: StageNeeds): void {
  frameOwnerOf(item)?.budget.declare(needs);
}
