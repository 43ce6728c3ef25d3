/** What a contender made of one frame. */
export interface Outcome {
  readonly faces: number;
  /** Faces for which an embedding is known. */
  readonly embedded: number;
}

/** A pipeline that finds faces, their landmarks and an embedding each. */
export interface Contender {
  /** What it really ran on. */
  readonly runtime: string;
  /** Takes the canvas's present content. Only the returned function is timed. */
  prepare(canvas: HTMLCanvasElement, index: number, timeMs: number): Promise<() => Promise<Outcome>>;
}
