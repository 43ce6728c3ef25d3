/** What a contender made of one frame. */
export interface Outcome {
  readonly faces: number;
  /** Faces for which an embedding is known. */
  readonly embedded: number;
}

/** A frame as a page gets it of what plays: in the decoder's own format, or drawn. */
export interface Shown {
  readonly canvas: HTMLCanvasElement;
  /** Stays the caller's. */
  readonly frame: VideoFrame;
  readonly index: number;
  readonly timeMs: number;
}

/** A pipeline that finds faces, their landmarks and an embedding each. */
export interface Contender {
  /** What it really ran on. */
  readonly runtime: string;
  /** Takes one frame. Only the returned function is timed: reading its pixels is part of a pipeline. */
  prepare(shown: Shown): Promise<() => Promise<Outcome>>;
}
