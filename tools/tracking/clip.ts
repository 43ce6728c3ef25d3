import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AssetCache } from '@fr-stream/backend-node';
import type { Detection, Detector, Frame, FrameSource, Image, ImageCodec, SourceInfo } from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import type { MotRow } from '../mot/mot-format.js';
import { playerOf, SceneRenderer } from '../synth/render.js';
import { stage, type Scene } from '../synth/scene.js';
import { truthRows } from '../synth/truth.js';
import { writeVideo } from '../synth/write-video.js';

/** A scene as video in memory, with its truth: what every way of tracking it is run on. */
export interface Clip {
  readonly scene: Scene;
  readonly frames: readonly { readonly image: Image; readonly timeMs: number }[];
  readonly truth: readonly MotRow[];
  /** Name of an actor; undefined for strangers. */
  readonly nameOf: (actorId: number) => string | undefined;
}

/**
 * Films a scene. Scenes of even frame rate go through H.264 and the toolkit's own decoder; uneven ones, whose times
 * an encoder would even out, do not.
 */
export async function film(scene: Scene, cache: AssetCache, codec: ImageCodec): Promise<Clip> {
  const staged = stage(scene);
  const renderer = await SceneRenderer.create(scene, cache, codec);
  const frames: { image: Image; timeMs: number }[] = [];
  if (isEven(scene)) {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-clip-'));
    try {
      const path = join(folder, 'clip.mp4');
      await writeVideo(path, scene, staged, renderer);
      await using video = videoFrames(path);
      for await (const frame of video.frames()) {
        const { image, timeMs } = frame;
        frames.push({ image: { ...image, data: image.data.slice() }, timeMs });
        frame[Symbol.dispose]();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } else {
    for (const one of staged) frames.push({ image: renderer.frame(one), timeMs: one.timeMs });
  }
  if (frames.length !== staged.length) throw new Error(`${frames.length} frames came of ${staged.length}`);
  const known = new Set(scene.actors.filter((actor) => actor.known).map(({ id }) => id));
  return {
    scene,
    frames,
    truth: truthRows(scene, staged),
    nameOf: (id) => (known.has(id) ? playerOf(scene, id).name : undefined),
  };
}

function isEven({ timesMs }: Scene): boolean {
  const steps = timesMs.slice(1).map((time, i) => time - timesMs[i]);
  return Math.max(...steps) - Math.min(...steps) <= 1;
}

/** Plays a clip from memory, as fast as it is wanted or (`fps`) at a fixed rate, in real time. */
export class ClipSource implements FrameSource {
  readonly live: boolean;
  readonly dropped = 0;
  /** By frame index: when the frame came out, on `performance.now()`'s clock. */
  readonly deliveredMs: number[] = [];
  readonly #clip: Clip;
  readonly #fps: number | undefined;

  constructor(clip: Clip, fps?: number) {
    this.#clip = clip;
    this.#fps = fps;
    this.live = fps !== undefined;
  }

  async info(): Promise<SourceInfo> {
    const { name, width, height } = this.#clip.scene;
    return { source: name, width, height, frameCount: this.#clip.frames.length };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const started = performance.now();
    for (const [index, { image, timeMs }] of this.#clip.frames.entries()) {
      if (signal?.aborted === true) return;
      if (this.#fps !== undefined) {
        const early = (index * 1000) / this.#fps - (performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, early)));
      }
      this.deliveredMs[index] = performance.now();
      yield { image, timeMs, index, source: this.#clip.scene.name, [Symbol.dispose]: () => undefined };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Remembers what the detector found in each picture, so that several runs over one clip pay for it once. */
export class RememberingDetector implements Detector {
  readonly #detector: Detector;
  readonly #found = new WeakMap<Image, readonly Detection[]>();

  /** The detector stays its owner's. */
  constructor(detector: Detector) {
    this.#detector = detector;
  }

  get id(): string {
    return this.#detector.id;
  }

  async detect(images: readonly Image[]): Promise<readonly (readonly Detection[])[]> {
    const results: (readonly Detection[])[] = [];
    for (const image of images) {
      const known = this.#found.get(image) ?? (await this.#detector.detect([image]))[0];
      this.#found.set(image, known);
      results.push(known);
    }
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
