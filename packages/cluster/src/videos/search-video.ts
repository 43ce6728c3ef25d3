import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { SourceError, type SourceInfo, type TrackIdentities, itemAt } from '@fr-stream/core';
import type { FileRef, Shares } from '../files/shares.js';
import { traceHeaders } from '../observe/trace.js';
import { TaskFailedError, type JobQueue } from '../queue/job-queue.js';
import { taskId } from '../queue/task.js';
import type { RemoteEngineOptions } from '../worker/worker-engine.js';
import {
  unpackChunk,
  type ChunkProblem,
  type ChunkResult,
  type ChunkTask,
  type ChunkVideoOptions,
} from './chunk-task.js';
import { ChunkJoiner, type JoinedFrame, type JoinRule } from './join-chunks.js';
import { DEFAULT_PLAN, planChunks, type ChunkPlan } from './plan-chunks.js';

export interface SearchVideoOptions {
  readonly queue: JobQueue;
  readonly shares: Shares;
  /** A file here, or what `file` is called. */
  readonly path: string;
  /** Where workers find it. Default: the path, or below a share. */
  readonly file?: FileRef;
  /** What changes with its content. Default: the SHA-256 of the file. */
  readonly version?: string;
  /** What the container says. */
  readonly info: SourceInfo;
  readonly startMs?: number;
  readonly engine: RemoteEngineOptions;
  readonly models: readonly string[];
  readonly video: ChunkVideoOptions;
  /** Takes over the tracks, and is told to resolve them: made with `wholeFile`. */
  readonly people: TrackIdentities;
  readonly rule: JoinRule;
  readonly plan?: ChunkPlan;
  /** Chunks that wait or are at work at once. Default 64. */
  readonly window?: number;
  readonly retryFailed?: boolean;
  readonly signal?: AbortSignal;
  readonly onChunk?: (done: number, of: number) => void;
}

export interface SearchedVideo {
  readonly frames: readonly JoinedFrame[];
  readonly embedded: number;
  /** The video broke off or is damaged: the frames are those before. */
  readonly problem: SourceError | undefined;
}

/** SHA-256 of a file, hexadecimal. @throws SourceError */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, {
      ...(signal !== undefined && { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new SourceError('INPUT_UNREADABLE', `${path} cannot be read.`, {
      hint: 'Check the file and its permissions.',
      cause,
    });
  }
  return hash.digest('hex');
}

/**
 * Searches a video on the workers of a queue, stretch by stretch, and puts it together; names are asked of `people`.
 * @throws SourceError when it cannot be read.
 */
export async function searchVideo(options: SearchVideoOptions): Promise<SearchedVideo> {
  const { path, info, startMs = 0, people, window = 64, signal, onChunk } = options;
  const hash = options.version ?? (await hashFile(path, signal));
  const ranges = planChunks(startMs, info.durationMs, options.plan ?? DEFAULT_PLAN);
  const file: FileRef = options.file ?? options.shares.ref(path);
  const joiner = new ChunkJoiner(people, options.rule);
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const waiting: Promise<ChunkResult>[] = [];
  let [next, done, embedded] = [0, 0, 0];
  let problem: SourceError | undefined;
  try {
    while (done < ranges.length && problem === undefined) {
      while (next < ranges.length && waiting.length < window) {
        const result = submit(options, hash, file, itemAt(ranges, next++), ended);
        // It is asked for in its turn.
        result.catch(() => undefined);
        waiting.push(result);
      }
      const result = await waiting.shift();
      if (result === undefined) break;
      // What cannot be read at its beginning cannot be read; later on, what came before stays.
      if ('error' in result && done === 0) throw asError(result.error);
      if ('error' in result) problem = asError(result.error);
      else {
        const chunk = unpackChunk(result.packed);
        await joiner.add(chunk);
        embedded += chunk.embedded;
        if (chunk.problem !== undefined) problem = asError(chunk.problem);
      }
      onChunk?.(++done, ranges.length);
    }
  } finally {
    stop.abort();
  }
  await people.resolve();
  return { frames: joiner.frames(), embedded, problem };
}

async function submit(
  { queue, engine, models, video, path, retryFailed = false }: SearchVideoOptions,
  hash: string,
  file: FileRef,
  range: { readonly startMs: number; readonly durationMs: number },
  signal: AbortSignal,
): Promise<ChunkResult> {
  const trace = traceHeaders();
  const task: ChunkTask = {
    kind: 'chunk',
    file,
    name: path,
    models,
    engine,
    video,
    ...range,
    ...(trace !== undefined && { trace }),
  };
  const id = taskId('chunk', hash, models, engine, video, range.startMs, range.durationMs);
  try {
    return (await queue.run(task, { id, retryFailed, signal })) as ChunkResult;
  } catch (error) {
    if (!TaskFailedError.isInstance(error)) throw error;
    const { message, hint } = error;
    return {
      error: {
        code: 'INPUT_UNREADABLE',
        message: `${path}, from ${range.startMs / 1000} s: ${message}`,
        ...(hint !== undefined && { hint }),
      },
    };
  }
}

function asError({ code, message, hint }: ChunkProblem): SourceError {
  const codes = ['INPUT_NOT_FOUND', 'INPUT_UNREADABLE', 'INPUT_UNSUPPORTED', 'INPUT_TRUNCATED'] as const;
  return new SourceError(codes.find((one) => one === code) ?? 'INPUT_UNREADABLE', message, {
    ...(hint !== undefined && { hint }),
  });
}
