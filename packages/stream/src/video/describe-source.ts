import { defined, type SourceInfo } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import type { DecodedStream } from './decoder.js';
import { hdrKind } from './dynamic-range.js';
import type { VideoInput } from './input.js';

/** What of a source is read. */
export interface SourceRange {
  readonly live: boolean;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  readonly maxFps: number | undefined;
}

/** What a source says of itself, for the part of it that is read. @param size of the frames. */
export function describeSource(
  source: string,
  video: VideoInfo,
  size: { readonly width: number; readonly height: number },
  range: SourceRange,
): SourceInfo {
  const { maxFps, startMs } = range;
  const fps = video.fps !== undefined && maxFps !== undefined ? Math.min(maxFps, video.fps) : video.fps;
  const rest = video.durationMs === undefined ? undefined : Math.max(0, video.durationMs - startMs);
  const durationMs = range.live
    ? undefined
    : rest === undefined
      ? range.durationMs
      : Math.min(rest, range.durationMs ?? rest);
  const frameCount =
    durationMs !== undefined && fps !== undefined ? Math.round((durationMs * fps) / 1000) : undefined;
  return {
    source,
    width: size.width,
    height: size.height,
    hasAudio: video.hasAudio,
    ...defined({ fps, durationMs, frameCount }),
  };
}

/** What is worth knowing of how it is decoded. */
export function warningsOf(
  { info, toneMapped, warning }: DecodedStream,
  input: VideoInput,
): readonly string[] {
  const hdr = hdrKind(info);
  const why = input.reopenable
    ? 'this ffmpeg lacks the filter zscale'
    : 'of a pipe that is not known in advance';
  return [
    ...(warning === undefined ? [] : [warning]),
    ...(hdr === undefined || toneMapped
      ? []
      : [`${input.name}: its high dynamic range (${hdr}) is not tone-mapped, because ${why}`]),
  ];
}
