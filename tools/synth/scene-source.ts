import type { Frame, FrameSource, SourceInfo } from '@fr-stream/core';
import type { SceneRenderer } from './render.js';
import type { Scene, StagedFrame } from './scene.js';

export interface SceneSourceOptions {
  /** Deliver frames at their times, as a camera does, instead of as fast as they are wanted. Default false. */
  readonly realTime?: boolean;
}

/** A scene as a source of frames, without a codec in between; keeps uneven frame times exactly. */
export class SceneSource implements FrameSource {
  readonly live: boolean;
  readonly dropped = 0;
  readonly #scene: Scene;
  readonly #frames: readonly StagedFrame[];
  readonly #renderer: SceneRenderer;

  constructor(
    scene: Scene,
    frames: readonly StagedFrame[],
    renderer: SceneRenderer,
    options: SceneSourceOptions = {},
  ) {
    this.#scene = scene;
    this.#frames = frames;
    this.#renderer = renderer;
    this.live = options.realTime ?? false;
  }

  async info(): Promise<SourceInfo> {
    const { name, width, height, durationS } = this.#scene;
    return { source: name, width, height, durationMs: durationS * 1000, frameCount: this.#frames.length };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const started = performance.now();
    for (const staged of this.#frames) {
      if (signal?.aborted === true) return;
      const image = this.#renderer.frame(staged);
      const early = this.live ? staged.timeMs - (performance.now() - started) : 0;
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      yield {
        image,
        timeMs: staged.timeMs,
        index: staged.index,
        source: this.#scene.name,
        [Symbol.dispose]: () => undefined,
      };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
