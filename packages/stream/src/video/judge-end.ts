import { SourceError } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import { UNINDEXED } from './decode-args.js';

/** How the decoding of a video ended, after at least one frame. */
export interface DecodingEnd {
  readonly name: string;
  /** As the decoder found it. */
  readonly info: VideoInfo;
  /** As it was probed before; undefined for what can be read once only. */
  readonly video: VideoInfo | undefined;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  /** How many frames of a second were asked for, at most. */
  readonly maxFps: number | undefined;
  /** Time of the last frame, in milliseconds. */
  readonly lastMs: number | undefined;
  /** The decoder's exit status. */
  readonly code: number | null;
  /** What the decoder complained of. */
  readonly damage: readonly string[];
}

/** Tells whether a video was whole: INPUT_TRUNCATED when its end is missing, INPUT_UNREADABLE when parts are. */
export function judgeEnd(ended: DecodingEnd): SourceError | undefined {
  const { name, info, video, startMs, durationMs, maxFps, lastMs, code, damage } = ended;
  // Of these the length is the distance of the last timestamp from the first, which a jump makes as long as it likes.
  const guessed = info.format !== undefined && UNINDEXED.has(info.format);
  const whole = guessed ? undefined : video?.durationMs;
  const end = whole === undefined ? undefined : Math.min(whole, startMs + (durationMs ?? Infinity));
  const reached = lastMs ?? 0;
  const frameMs = 1000 / (info.fps ?? 25);
  const missing = end === undefined ? 0 : end - reached;
  // Of few frames a second the last one lies so long before the end.
  const leftOut = maxFps === undefined ? 0 : 1000 / maxFps;
  const short = missing - leftOut > Math.max(250, 4 * frameMs);
  // Some demuxers take a cut file for the whole. Sound may rightly go on after the picture, but not for long.
  const silent = info.hasAudio ? missing - leftOut > Math.max(2000, 0.05 * (end ?? 0)) : short;
  const cause = damage.length > 0 ? new Error(`ffmpeg said:\n${damage.join('\n')}`) : undefined;
  if (code !== 0 || silent || (damage.length > 0 && (short || (end === undefined && !guessed)))) {
    const of = end === undefined ? '' : ` of ${clock(end)}`;
    return new SourceError('INPUT_TRUNCATED', `${name}: the video breaks off at ${clock(reached)}${of}`, {
      hint: 'What came before was processed; get a complete copy for the rest.',
      cause,
    });
  } else if (damage.length > 0) {
    return new SourceError('INPUT_UNREADABLE', `${name}: parts of the video are damaged`, {
      hint: 'All frames that could be decoded were processed; get a fresh copy for the others.',
      cause,
    });
  }
  return undefined;
}

function clock(ms: number): string {
  const seconds = ms / 1000;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, '0')}`;
}
