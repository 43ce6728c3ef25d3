import { ArgumentError, type SourceInfo } from '@fr-stream/core';
import { MOST_LIVING_FRAMES } from '@fr-stream/engine';
import { timecode, videoFrames, type VideoFrameSource } from '@fr-stream/stream';
import type { TagOptions } from './tag-options.js';

/** The video that the options name, or the part of it. */
export function openSource(input: string, options: TagOptions): VideoFrameSource {
  return videoFrames(input, {
    ...(options.start !== undefined && { startMs: options.start }),
    ...(options.duration !== undefined && { durationMs: options.duration }),
    ...(options.fps !== undefined && { maxFps: options.fps }),
    ...(options.maxHeight !== undefined && { maxHeight: options.maxHeight }),
    ...(options.stream !== undefined && { stream: options.stream }),
    ...(options.live === true ? { live: true } : { maxLivingFrames: MOST_LIVING_FRAMES }),
  });
}

/** @throws ArgumentError when the range that was asked for lies behind the end. */
export function requireRange({ source, durationMs }: SourceInfo, start: number | undefined): void {
  if (start === undefined || start === 0 || durationMs !== 0) return;
  throw new ArgumentError(`${source}: it ends before --start ${timecode(start)}.`, {
    hint: 'Begin earlier.',
  });
}
