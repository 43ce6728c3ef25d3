import type { Face, Frame, FrameFaces, FrameSource, Image, Sink, SourceInfo } from '@fr-stream/core';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
/** Lets everything run that waits for nothing but its turn. */
export const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

export interface SourceScript {
  readonly count: number;
  /** Throws instead of giving this frame. */
  readonly failAt?: number;
  /** Waits for ever, deaf to the signal, instead of giving this frame. */
  readonly hangAt?: number;
  /** What passes before each frame. */
  readonly pace?: (index: number) => Promise<void>;
  readonly live?: boolean;
  /** Indices of the frames that come; others count as dropped. Default: all. */
  readonly indices?: readonly number[];
  /** Buffers that the source lends out, unless a pipeline reserves more. Default: no limit. */
  readonly buffers?: number;
}

/**
 * Frames of one pixel, whose value becomes 255 when the frame is given back: whoever looks at one then sees it. Counts
 * frames that are out, and frames given back twice.
 */
export class ScriptedSource implements FrameSource {
  readonly live: boolean;
  readonly dropped = 0;
  readonly #script: SourceScript;
  #limit: number;
  #wake: (() => void) | undefined;
  alive = 0;
  mostAlive = 0;
  given = 0;
  twice = 0;
  returned = false;
  disposed = 0;

  constructor(script: SourceScript) {
    this.#script = script;
    this.live = script.live ?? false;
    this.#limit = script.buffers ?? Infinity;
  }

  async info(): Promise<SourceInfo> {
    return { source: 'scripted', width: 1, height: 1 };
  }

  reserve(frames: number): void {
    this.#limit = Math.max(this.#limit, frames);
    this.#wake?.();
  }

  async *frames(): AsyncGenerator<Frame> {
    const { count, failAt, hangAt, pace, indices } = this.#script;
    try {
      for (let i = 0; i < count; i++) {
        if (i === failAt) throw new Error(`the source broke at ${i}`);
        if (i === hangAt) await new Promise(() => undefined);
        await (pace?.(i) ?? Promise.resolve());
        while (this.alive >= this.#limit) await new Promise<void>((resolve) => (this.#wake = resolve));
        yield this.#frame(indices?.[i] ?? i, i);
      }
    } finally {
      this.returned = true;
    }
  }

  #frame(index: number, value: number): Frame {
    this.given++;
    this.alive++;
    this.mostAlive = Math.max(this.mostAlive, this.alive);
    const image: Image = { format: 'gray8', width: 1, height: 1, data: new Uint8Array([value]) };
    let gone = false;
    return {
      image,
      timeMs: index * 40,
      index,
      source: 'scripted',
      [Symbol.dispose]: () => {
        if (gone) this.twice++;
        gone = true;
        image.data[0] = 255;
        this.alive--;
        this.#wake?.();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed++;
  }
}

export interface SinkScript {
  readonly pace?: (index: number) => Promise<void>;
  readonly failAt?: number;
  readonly failClose?: boolean;
}

/** Records what it is given, and whatever a pipeline must never do to a sink. */
export class ScriptedSink implements Sink<FrameFaces> {
  readonly #script: SinkScript;
  readonly indices: number[] = [];
  readonly errors: (string | undefined)[] = [];
  readonly faces: (readonly Face[])[] = [];
  readonly wrongs: string[] = [];
  closed = 0;
  #writing = false;

  constructor(script: SinkScript = {}) {
    this.#script = script;
  }

  async write({ frame, error, faces }: FrameFaces): Promise<void> {
    if (this.closed > 0) this.wrongs.push(`write of ${frame.index} after close`);
    if (this.#writing) this.wrongs.push(`write of ${frame.index} during another`);
    this.#writing = true;
    try {
      await (this.#script.pace?.(frame.index) ?? Promise.resolve());
      if (frame.image.data[0] === 255)
        this.wrongs.push(`frame ${frame.index} was given back before it was written`);
      if (frame.index === this.#script.failAt) throw new Error(`disk full at ${frame.index}`);
      this.indices.push(frame.index);
      this.errors.push(error?.message);
      this.faces.push(faces);
    } finally {
      this.#writing = false;
    }
  }

  async close(): Promise<void> {
    if (this.#writing) this.wrongs.push('close during a write');
    this.closed++;
    if (this.#script.failClose === true) throw new Error('cannot close');
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
