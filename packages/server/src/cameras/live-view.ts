import type { FrameFaces, Image, Sink } from '@fr-stream/core';
import type { PictureCodec } from '../events/event-pictures.js';

/** A picture as viewers get it. */
export interface LiveFrame {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly LiveFace[];
  readonly jpeg: Uint8Array;
}

export interface LiveFace {
  /** x, y, width, height, as shares of the picture. */
  readonly box: readonly [number, number, number, number];
  readonly kind: 'known' | 'stranger' | 'pending';
  readonly name?: string;
  readonly score?: number;
  readonly track?: number;
}

export interface Viewer {
  /** Asked before a picture is made: false while the viewer has not taken the last one. */
  ready(): boolean;
  send(frame: LiveFrame): void;
}

export interface LiveViewOptions {
  readonly codec: PictureCodec;
  /** Most pictures per second. Default 8. */
  readonly fps?: number;
  /** Longer side in pixels. Default 960. */
  readonly maxSide?: number;
}

/** Shows frames to whoever looks. While nobody does, or nobody is ready, nothing is encoded. */
export class LiveView implements Sink<FrameFaces> {
  readonly #options: LiveViewOptions;
  readonly #startMs: number;
  readonly #viewers = new Set<Viewer>();
  #lastMs = -Infinity;

  constructor(startMs: number, options: LiveViewOptions) {
    this.#startMs = startMs;
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** @returns how to stop looking. */
  watch(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    return () => void this.#viewers.delete(viewer);
  }

  async write({ frame, faces }: FrameFaces): Promise<void> {
    const { fps = 8, maxSide = 960, codec } = this.#options;
    const ready = [...this.#viewers].filter((viewer) => viewer.ready());
    if (ready.length === 0 || frame.timeMs - this.#lastMs < 1000 / fps) return;
    this.#lastMs = frame.timeMs;
    const { image } = frame;
    const { width, height } = image;
    const jpeg = await codec.encodeRegion(image, { x: 0, y: 0, width, height }, { maxSide, quality: 72 });
    const live: LiveFrame = {
      at: this.#startMs + frame.timeMs,
      width,
      height,
      faces: faces.map((face) => toLiveFace(face, image)),
      jpeg,
    };
    for (const viewer of ready) viewer.send(live);
  }

  async close(): Promise<void> {
    this.#viewers.clear();
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

const share = (value: number): number => Math.round(value * 1e4) / 1e4;

export function toLiveFace(face: FrameFaces['faces'][number], { width, height }: Image): LiveFace {
  const { identity, track } = face;
  const box = track?.box ?? face.detection.box;
  const named =
    identity?.kind === 'known'
      ? { kind: 'known' as const, name: identity.name, score: share(identity.score) }
      : identity === undefined || identity.reason === 'not-evaluated'
        ? { kind: 'pending' as const }
        : { kind: 'stranger' as const, ...(identity.label !== undefined && { name: identity.label }) };
  return {
    box: [share(box.x / width), share(box.y / height), share(box.width / width), share(box.height / height)],
    ...named,
    ...(track && { track: track.id }),
  };
}
