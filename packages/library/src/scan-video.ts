import {
  forgottenInVideo,
  fromSource,
  runPipeline,
  type Gallery,
  type ImageCodec,
  type VideoChunk,
  type VideoLibrary,
  type VideoPlace,
} from '@fr-stream/core';
import {
  MOST_LIVING_FRAMES,
  openVideo,
  WholeFile,
  type VideoModels,
  type VideoOptions,
} from '@fr-stream/engine';
import { videoFrames, type VideoInfo } from '@fr-stream/stream';
import { PeopleCollector } from './collect-people.js';
import { packPeople, unpackPeople, type SeenPerson } from './seen-person.js';

export interface VideoSearch {
  readonly library: VideoLibrary;
  readonly gallery: Gallery;
  /** The models, or what loads them: called when the first video is to be searched. */
  readonly engine: VideoModels | (() => Promise<VideoModels>);
  readonly codec: ImageCodec;
  /** Names models and settings. */
  readonly chain: string;
  /** Names what parts depend on, where that is more. Default `chain`. */
  readonly partsChain?: string;
  /** How videos are searched; the same for all that `chain` names. */
  readonly video?: Omit<VideoOptions, 'live' | 'info' | 'wholeFile'>;
  /** Read at most so many frames per second. */
  readonly maxFps?: number;
  /** Length of the parts after each of which all is kept. Default a minute. */
  readonly chunkMs?: number;
  /** Told up to where an earlier run got, when this one goes on behind it; in milliseconds of the video. */
  readonly onResumed?: (path: string, timeMs: number) => void;
  readonly signal?: AbortSignal;
}

/** The models of a search, loaded by now. */
export async function modelsOf(engine: VideoSearch['engine']): Promise<VideoModels> {
  return typeof engine === 'function' ? await engine() : engine;
}

export interface SearchedVideo {
  readonly parts: readonly (readonly SeenPerson[])[];
  /** False: interrupted; what was searched is kept as chunks. */
  readonly finished: boolean;
  readonly durationMs: number;
  /** What was wrong with the video though it was searched as far as it goes. */
  readonly problem?: string;
}

export const CHUNK_MS = 60_000;
/** Frames may lie so far apart, and the last one so long before the end. */
const SLACK_MS = 1500;
/** The last part takes so much more along, rather than leave a short one. */
const TAIL = 1.25;

/** Where the part ends that begins at `from`; all in milliseconds. @param end Infinity where it is not known. */
export function endOfPart(from: number, end: number, chunkMs = CHUNK_MS): number {
  return end - from <= chunkMs * TAIL ? end : from + chunkMs;
}

/**
 * Searches a video part by part, each kept when it is done, so that a run that is killed goes on behind the last; the
 * result is the same either way.
 * @param onProgress told how far it is, in milliseconds of the video.
 * @throws SourceError when the video cannot be read at all.
 */
export async function searchVideo(
  path: string,
  hash: string,
  info: VideoInfo,
  search: VideoSearch,
  onProgress: (timeMs: number) => void = () => undefined,
): Promise<SearchedVideo> {
  const { library, chain: whole, partsChain: chain = whole, chunkMs, signal } = search;
  const kept = new Map(((await library.chunks?.(hash, chain)) ?? []).map((chunk) => [chunk.fromMs, chunk]));
  const forgotten = await forgottenInVideo(library, path, hash);
  const parts: (readonly SeenPerson[])[] = [];
  const end = info.durationMs ?? Infinity;
  let reached = 0;
  let told = false;
  for (let from = 0; from < end;) {
    const known = kept.get(from);
    let chunk: VideoChunk;
    let frames = 1;
    let problem: string | undefined;
    if (known !== undefined) {
      chunk = known;
    } else {
      if (from > 0 && !told) search.onResumed?.(path, from);
      told = true;
      const length = endOfPart(from, end, chunkMs) - from;
      const part = await searchPart(path, from, length, search, forgotten, onProgress);
      if (signal?.aborted === true) return { parts, finished: false, durationMs: reached };
      ({ frames, problem } = part);
      const toMs = Number.isFinite(length) ? from + length : part.lastMs;
      chunk = { fromMs: from, toMs, data: packPeople(part.people) };
      if (frames > 0) await library.keepChunk?.(hash, chain, chunk);
    }
    parts.push(unpackPeople(chunk.data));
    reached = Math.max(reached, chunk.toMs);
    const durationMs = info.durationMs ?? reached;
    if (problem !== undefined) return { parts, finished: true, durationMs, problem };
    if (frames === 0) break;
    from = chunk.toMs;
  }
  return { parts, finished: true, durationMs: info.durationMs ?? reached };
}

interface SearchedPart {
  readonly people: readonly SeenPerson[];
  readonly frames: number;
  readonly lastMs: number;
  readonly problem: string | undefined;
}

async function searchPart(
  path: string,
  startMs: number,
  length: number,
  { gallery, engine, codec, video: options, maxFps, signal }: VideoSearch,
  forgotten: readonly VideoPlace[],
  onProgress: (timeMs: number) => void,
): Promise<SearchedPart> {
  await using source = videoFrames(path, {
    startMs,
    maxLivingFrames: MOST_LIVING_FRAMES,
    ...(Number.isFinite(length) && { durationMs: length }),
    ...(maxFps !== undefined && { maxFps }),
  });
  const video = await openVideo(await modelsOf(engine), gallery, {
    ...options,
    info: await source.info(),
    wholeFile: true,
  });
  // Opened with a tracker: there are no people to be joined without.
  if (video.people === undefined) throw new TypeError('a video of a library needs a tracker');
  const whole = new WholeFile(video.people);
  const collector = new PeopleCollector({ codec, whole, forgotten });
  let lastMs = startMs;
  const observer = {
    write: async ({ frame }: { readonly frame: { readonly timeMs: number } }) => {
      lastMs = frame.timeMs;
      onProgress(lastMs);
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const frames = fromSource(source, { inFlight: video.inFlight, ...(signal && { signal }) });
  await runPipeline(frames.pipe(video.operator), [whole, collector, observer]);
  return {
    people: await collector.people((label) => {
      const person = gallery.find(label);
      return person?.unnamed === true ? person.id : undefined;
    }),
    frames: collector.frames,
    lastMs,
    // A part ends with its last frame, up to a frame's time before its end: that is no break.
    problem:
      startMs + length - lastMs <= Math.max(SLACK_MS, 2000 / (maxFps ?? 25))
        ? undefined
        : source.problem?.message,
  };
}
