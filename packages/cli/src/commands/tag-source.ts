import { ArgumentError, defined, type FrameSource, type SourceInfo } from '@fr-stream/core';
import { MOST_LIVING_FRAMES, Plugins } from '@fr-stream/engine';
import { recordSegments, timecode, videoFrames, type VideoFrameSource } from '@fr-stream/stream';
import { isBucketUrl } from '../compose/bucket-photos.js';
import { openBucketVideo, type BucketVideo } from '../compose/bucket-videos.js';
import { paint } from '../ui/paint.js';
import { printJson, sayAbove } from '../ui/terminal.js';
import type { TagOptions } from './tag-options.js';

/** A video; ours know what the container says, and what was wrong with them. */
export type TagSource = FrameSource & Partial<Pick<VideoFrameSource, 'problem' | 'warnings' | 'video'>>;

/** Where ffmpeg finds an input: elsewhere when its address holds a password, which all users of a machine could read. */
export interface SourceAddress extends AsyncDisposable {
  readonly url: string;
  readonly inputArgs?: readonly string[];
  /** For people; without a password. */
  readonly name?: string;
  readonly live?: boolean;
  /** Where workers find it, if it is in a bucket. */
  readonly bucket?: BucketVideo;
}

/** User info, or what looks like a secret in a query. */
const SECRET =
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^/\s@]*@|.*[?&][^=&\s]*(?:pass|pwd|token|secret|key|auth|streamid|credential|signature))/i;

export async function addressOfSource(input: string): Promise<SourceAddress> {
  const asItIs = { url: input, [Symbol.asyncDispose]: async () => undefined };
  if (isBucketUrl(input)) {
    const bucket = await openBucketVideo(input);
    const { relayCamera } = await import('@fr-stream/server');
    const relay = await relayCamera(bucket.url, undefined, true);
    const { url, inputArgs } = relay;
    const close = async (): Promise<void> => relay[Symbol.asyncDispose]();
    return { url, inputArgs, name: input, live: false, bucket, [Symbol.asyncDispose]: close };
  }
  if (!SECRET.test(input)) return asItIs;
  // Not before it is needed: a server is a lot to load.
  const { relayCamera, hidePasswords } = await import('@fr-stream/server');
  const relay = await relayCamera(input, undefined);
  return {
    url: relay.url,
    inputArgs: relay.inputArgs,
    name: hidePasswords(input),
    // What is read over HTTP on its way may be a camera all the same.
    ...(!/^https?:/i.test(input) && { live: true }),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

/** The video that the options name, or the part of it: a plugin's where one has such inputs. */
export function openSource(input: string, options: TagOptions, address?: SourceAddress): TagSource {
  const part = defined({
    startMs: options.start,
    durationMs: options.duration,
    maxFps: options.fps,
    maxHeight: options.maxHeight,
    live: options.live ?? address?.live,
  });
  const plugin = (options.plugins ?? new Plugins()).source(input);
  if (plugin !== undefined) return plugin({ input, ...part });
  return videoFrames(address?.url ?? input, {
    ...part,
    ...defined({ inputArgs: address?.inputArgs, name: address?.name }),
    reconnect: {
      retries: options.retry,
      onLost: (reason) => tellSource(input, options, 'lost', reason),
      onBack: () => tellSource(input, options, 'back'),
    },
    ...(options.stream !== undefined && { stream: options.stream }),
    ...(part.live !== true && { maxLivingFrames: MOST_LIVING_FRAMES }),
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
export function startRecording(
  { url, inputArgs }: SourceAddress,
  folder: string | undefined,
): AsyncDisposable {
  const abort = new AbortController();
  let failure: unknown;
  const recording =
    folder === undefined
      ? Promise.resolve()
      : recordSegments(url, { folder, ...defined({ inputArgs }) }, abort.signal).catch(
          (error: unknown) => (failure = error),
        );
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
