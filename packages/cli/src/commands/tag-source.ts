import { ArgumentError, defined, type FrameSource, type SourceInfo } from '@fr-stream/core';
import { MOST_LIVING_FRAMES, Plugins } from '@fr-stream/engine';
import { recordSegments, timecode, videoFrames, type VideoFrameSource } from '@fr-stream/stream';
import { paint } from '../ui/paint.js';
import { printJson, sayAbove } from '../ui/terminal.js';
import type { TagOptions } from './tag-options.js';

/** A video; ours know what the container says, and what was wrong with them. */
export type TagSource = FrameSource & Partial<Pick<VideoFrameSource, 'problem' | 'warnings' | 'video'>>;

/** The video that the options name, or the part of it: a plugin's where one has such inputs. */
export function openSource(input: string, options: TagOptions): TagSource {
  const part = defined({
    startMs: options.start,
    durationMs: options.duration,
    maxFps: options.fps,
    maxHeight: options.maxHeight,
    live: options.live,
  });
  const plugin = (options.plugins ?? new Plugins()).source(input);
  if (plugin !== undefined) return plugin({ input, ...part });
  return videoFrames(input, {
    ...part,
    reconnect: {
      retries: options.retry,
      onLost: (reason) => tellSource(input, options, 'lost', reason),
      onBack: () => tellSource(input, options, 'back'),
    },
    ...(options.stream !== undefined && { stream: options.stream }),
    ...(options.live !== true && { maxLivingFrames: MOST_LIVING_FRAMES }),
  });
}

/** Says, by the clock, that a camera is gone or back. */
function tellSource(
  input: string,
  { json, quiet }: TagOptions,
  event: 'lost' | 'back',
  reason?: string,
): void {
  const at = new Date().toISOString();
  if (json === true) {
    const line = {
      schema: 'fr-stream/source@1',
      event,
      at,
      source: input.replace(/\/\/[^/\s]*@/, '//***@'),
      ...defined({ reason }),
    };
    printJson(line);
  } else if (quiet !== true) {
    sayAbove(`${paint.yellow(`${event}:`)} ${at} ${reason ?? ''}`);
  }
}

/**
 * Keeps the camera's own stream in a folder while a run goes on.
 * @returns what ends it, and waits until the last file is whole.
 */
export function startRecording(input: string, folder: string | undefined): AsyncDisposable {
  const abort = new AbortController();
  let failure: unknown;
  const recording =
    folder === undefined
      ? Promise.resolve()
      : recordSegments(input, { folder }, abort.signal).catch((error: unknown) => (failure = error));
  return {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await recording;
      if (failure !== undefined) throw failure;
    },
  };
}

/** @throws ArgumentError when the range that was asked for lies behind the end. */
export function requireRange({ source, durationMs }: SourceInfo, start: number | undefined): void {
  if (start === undefined || start === 0 || durationMs !== 0) return;
  throw new ArgumentError(`${source}: it ends before --start ${timecode(start)}.`, {
    hint: 'Begin earlier.',
  });
}
