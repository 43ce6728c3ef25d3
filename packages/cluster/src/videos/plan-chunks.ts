export interface ChunkRange {
  readonly startMs: number;
  readonly durationMs: number;
}

export interface ChunkPlan {
  /** What a chunk adds to those before it, in milliseconds. */
  readonly chunkMs: number;
  /** What two neighbours both see, in milliseconds. */
  readonly overlapMs: number;
}

/** Some thousand frames: minutes of one worker, and what is lost with it. */
export const DEFAULT_PLAN: ChunkPlan = { chunkMs: 60_000, overlapMs: 3_000 };

/**
 * The stretches of a video that are searched apart. A last one that would add less than the overlap is left to the one before.
 * @param durationMs undefined where the container does not say: then the video is one chunk.
 */
export function planChunks(
  startMs: number,
  durationMs: number | undefined,
  { chunkMs, overlapMs }: ChunkPlan,
): readonly ChunkRange[] {
  if (durationMs === undefined || durationMs <= chunkMs + overlapMs)
    // Longer than any video: to its end, wherever that is.
    return [{ startMs, durationMs: durationMs ?? 1e9 }];
  const end = startMs + durationMs;
  const ranges: ChunkRange[] = [];
  for (let at = startMs; at < end; at += chunkMs) {
    const last = at + chunkMs + overlapMs >= end;
    // What the container says may be a little short.
    ranges.push({ startMs: at, durationMs: last ? end - at + 1000 : chunkMs + overlapMs });
    if (last) break;
  }
  return ranges;
}
