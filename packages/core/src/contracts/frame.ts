import type { Image } from './image.js';

/**
 * One picture of a video, a camera or a photo set, on its way through a pipeline.
 *
 * The frame owns its pixels until `[Symbol.dispose]` is called; then the buffer may be reused for another frame.
 * The end of a pipeline (`runPipeline`) disposes it. In a pipeline, where `fromSource` owns the frames, disposing one
 * that a stage is still at work on takes effect when the stage has done with it. Disposing twice is harmless.
 */
export interface Frame extends Disposable {
  readonly image: Image;
  /**
   * Presentation time in milliseconds from the start of the source (for a live source: from its first frame).
   * 0 for photos.
   */
  readonly timeMs: number;
  /** Live sources: when it was there, in milliseconds on the clock of `performance.now()`. */
  readonly arrivedMs?: number;
  /**
   * When it was taken on the clock of the wall, as the file or the camera tells: ISO 8601, without an offset where that
   * is not known. Undefined where nothing is.
   */
  readonly capturedAt?: string;
  /** Counts the frames that the source produced, from 0, dropped ones included. */
  readonly index: number;
  /** Names the source: a file path, a URL, a device. */
  readonly source: string;
}

/** What a source knows about itself before the first frame. Unknown values are undefined, never guessed. */
export interface SourceInfo {
  readonly source: string;
  /** Size of the frames that `frames()` yields (after rotation and scaling). Photo sets have none. */
  readonly width?: number;
  readonly height?: number;
  /** Nominal frames per second. */
  readonly fps?: number;
  readonly durationMs?: number;
  /** Number of frames or photos, exact or (videos) estimated from fps and duration. */
  readonly frameCount?: number;
  readonly hasAudio?: boolean;
}

/**
 * A pull-based supplier of frames. Nothing is read ahead of what the consumer asks for, except what the source's
 * own pipe holds.
 */
export interface FrameSource extends AsyncDisposable {
  /** True where the world does not wait: cameras, network streams. Consumers that are slow then lose frames. */
  readonly live: boolean;
  /**
   * Opens the source if it is not open yet.
   * @throws SourceError when it does not exist, cannot be read or holds no pictures.
   */
  info(): Promise<SourceInfo>;
  /**
   * Yields the frames in presentation order. Ends at the end of the source or when `signal` aborts.
   * May be called once.
   * @throws SourceError when the source breaks; frames yielded before remain valid.
   */
  frames(signal?: AbortSignal): AsyncIterable<Frame>;
  /**
   * Told by a pipeline how many frames it may keep alive at once, before `frames()` and whenever that has grown. A source
   * that lends out a limited number of buffers must allow for as many, or the two wait for each other. Optional: for
   * sources that have no such limit.
   */
  reserve?(frames: number): void;
  /** Frames that were read from the source and thrown away because the consumer was slow. */
  readonly dropped: number;
}

/** Where results go. `write` is awaited before the next value, so a slow sink slows the pipeline. */
export interface Sink<T> extends AsyncDisposable {
  /** @throws SinkError when the value cannot be written. */
  write(value: T): Promise<void>;
  /**
   * Flushes and makes the output visible under its final name. Called once, also after an abort, so that what was
   * written stays readable. Disposing without closing discards temporary files.
   */
  close(): Promise<void>;
}
