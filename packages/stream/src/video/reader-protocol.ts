/** What the thread that reads frames is told. */
export type ReaderRequest =
  | { readonly id: number; readonly kind: 'open'; readonly path: string }
  /** Shared memory of a frame's length; one at a time. Answered by `filled`, also at the end and when it is closed. */
  | { readonly id: number; readonly kind: 'fill'; readonly target: Uint8Array }
  | { readonly id: number; readonly kind: 'close' };

/** What it tells. */
export type ReaderAnswer =
  | { readonly id: number; readonly kind: 'opened' }
  | {
      readonly id: number;
      readonly kind: 'filled';
      /** Fewer than the target's length only at the end. */
      readonly count: number;
      /** When the frame was there in whole, in milliseconds of `process.hrtime`. */
      readonly atMs: number;
      /** Frames that came before it and that nobody had asked for. */
      readonly skipped: number;
    };
