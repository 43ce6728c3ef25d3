import { existsSync } from 'node:fs';
import type { ChunkVideoOptions } from '@fr-stream/cluster';
import {
  ArgumentError,
  defined,
  type FrameFaces,
  type FrameSource,
  type SourceError,
  type SourceInfo,
} from '@fr-stream/core';
import { isTrackerName, type VideoContext } from '@fr-stream/engine';
import type { OperatorFunction } from 'rxjs';
import type { Engine } from '../compose/engine.js';
import { isBucketUrl } from '../compose/bucket-photos.js';
import { refOfBucketVideo, type BucketVideo } from '../compose/bucket-videos.js';
import { remoteEngine, type ManyMachines } from '../compose/many-machines.js';
import type { Progress } from '../ui/progress.js';
import type { TagOptions } from './tag-options.js';
import type { TagSource } from './tag-source.js';

/** What workers cannot do, by the options that ask for it. */
const HERE_ONLY = {
  live: '--live',
  analyze: '--analyze',
  rememberStrangers: '--remember-strangers',
  record: '--record',
  library: '--library',
} as const satisfies Partial<Record<keyof TagOptions, string>>;

/** @throws ArgumentError when an option, or the input, cannot be given to workers. */
export function requireElsewhere(input: string, options: TagOptions): void {
  const { tracker } = options;
  const asked = Object.entries(HERE_ONLY).find(
    ([key]) => options[key as keyof typeof HERE_ONLY] !== undefined,
  );
  const plugin = tracker !== undefined && (tracker === 'none' || !isTrackerName(tracker));
  const what = asked?.[1] ?? (plugin ? `--tracker ${tracker}` : undefined);
  if (what !== undefined) {
    throw new ArgumentError(`${what} is for a run on this machine, and --queue is for many.`, {
      hint: 'Leave one of the two away.',
    });
  }
  if (!existsSync(input) && !isBucketUrl(input)) {
    throw new ArgumentError(`${input}: with --queue it must be a file.`, {
      hint: 'Cameras and streams are watched by "fr-stream serve".',
    });
  }
}

function videoOptions(options: TagOptions): ChunkVideoOptions {
  const {
    tracker,
    embed,
    every,
    maxFaces,
    minSize,
    minScore,
    threshold,
    far,
    margin,
    fps,
    maxHeight,
    stream,
  } = options;
  return defined({
    tracker: tracker === 'byte' ? ('byte' as const) : undefined,
    ...{ embed, every, maxFaces, minSize, threshold, far, margin, maxHeight, stream },
    scoreThreshold: minScore,
    maxFps: fps,
  });
}

interface Run {
  readonly machines: ManyMachines;
  readonly source: TagSource;
  readonly info: SourceInfo;
  readonly engine: Engine;
  readonly video: VideoContext;
  /** Where the video lies, if not here. */
  readonly bucket: BucketVideo | undefined;
  readonly progress: Pick<Progress, 'note'>;
  readonly signal: AbortSignal;
}

interface Found {
  /** Frames with pixels only where an output draws them. */
  readonly source: FrameSource;
  readonly operator: OperatorFunction<FrameFaces, FrameFaces>;
  readonly embedded: number;
  readonly problem: SourceError | undefined;
}

/** Lets the workers of a queue search the video, and gives what they found as if it had been found here. */
export async function searchedElsewhere(input: string, options: TagOptions, run: Run): Promise<Found> {
  const { machines, source, info, engine, video, bucket, progress, signal } = run;
  const { people, rule } = video;
  if (people === undefined) throw new ArgumentError('--queue needs a tracker.');
  const { DEFAULT_PLAN, PixelFreeSource, replayFaces, searchVideo } = await import('@fr-stream/cluster');
  const { frames, embedded, problem } = await searchVideo({
    ...machines,
    path: input,
    ...(bucket !== undefined && { file: refOfBucketVideo(bucket), version: bucket.version }),
    info,
    engine: remoteEngine(options),
    models: engine.models,
    video: videoOptions(options),
    people,
    rule,
    signal,
    ...(options.start !== undefined && { startMs: options.start }),
    ...(options.chunk !== undefined && { plan: { ...DEFAULT_PLAN, chunkMs: options.chunk * 1000 } }),
    onChunk: (done, of) => {
      if (options.quiet !== true) progress.note(`${done} of ${of} pieces searched`);
    },
  });
  const drawn = options.out !== undefined || options.bestShots !== undefined || options.sink !== undefined;
  return {
    source: drawn ? source : new PixelFreeSource(info, frames),
    operator: replayFaces(frames, people),
    embedded,
    problem,
  };
}
