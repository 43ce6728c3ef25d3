import type { FrameFaces, FrameSource, Hindsight } from '@fr-stream/core';
import type { FaceRecord } from './face-record.js';

/** How to draw a video a second time when more is known of its faces. */
export interface Redraw {
  readonly hindsight: Hindsight;
  /** Opens the source again: the same frames, with the same indices and times. */
  readonly source: () => FrameSource;
  /** Ends the drawing; what was drawn the first time is then what stays. */
  readonly signal?: AbortSignal;
  /** Told when it begins. */
  readonly onStart?: () => void;
}

/** Whether anybody was shown as somebody else than it turned out, or not at all, or what is no face was shown. */
export async function needsRedraw(record: FaceRecord, { hindsight, signal }: Redraw): Promise<boolean> {
  if (signal?.aborted === true) return false;
  for await (const { changed, fewer } of record.revised(hindsight))
    if (changed.length > 0 || fewer) return true;
  return false;
}

/**
 * Reads the source again and gives each frame, up to the last one of the first time, with its faces as they are known
 * now.
 * @returns false when it was ended before.
 */
export async function redraw(
  record: FaceRecord,
  { hindsight, source: reopen, signal = new AbortController().signal, onStart }: Redraw,
  write: (item: FrameFaces) => Promise<void>,
): Promise<boolean> {
  onStart?.();
  await using source = reopen();
  const revised = record.revised(hindsight);
  try {
    let next = await revised.next();
    for await (const frame of source.frames(signal)) {
      using owned = frame;
      if (signal.aborted) return false;
      if (owned.index > record.last) break;
      while (next.done !== true && next.value.index < owned.index) next = await revised.next();
      const faces = next.done !== true && next.value.index === owned.index ? next.value.faces : [];
      await write({ frame: owned, faces, evaluated: true });
    }
    return !signal.aborted;
  } finally {
    await revised.return(undefined);
  }
}
